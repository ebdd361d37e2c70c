package sqldb

import (
	"context"
	"fmt"
)

// Deal is a deal that a contractor has closed with a partner.
type Deal struct {
	ID                int64  `json:"id"`
	ContractorID      Number `json:"contractor_id"`
	PartnerID         Number `json:"partner_id"`
	BookingID         Number `json:"booking_id"`
	DealValue         Number `json:"deal_value"`
	SatisfactionScore Number `json:"satisfaction_score"`
	ClosedAt          Time   `json:"closed_at"`
	Notes             Text   `json:"notes"`
	InteractionID     Text   `json:"interaction_id"`
	CreatedAt         Time   `json:"created_at"`
}

// NewDeal is what a deal begins with. Pointers that are nil are not known.
type NewDeal struct {
	ContractorID, PartnerID int64
	BookingID               *int64
	Value, Satisfaction     *float64
	ClosedAt                string // as Stamp writes it
	Notes                   *string
	InteractionID           string
	ByRole                  string
	By                      int64
}

// AddDeal stores a deal and returns its row. The error is of the code
// NotFound when there is no such contractor, partner or booking.
func AddDeal(ctx context.Context, tx *Tx, d NewDeal) (Deal, error) {
	if err := exist(ctx, tx, "Contractor", `SELECT id FROM contractors WHERE id = ?`, d.ContractorID); err != nil {
		return Deal{}, err
	}
	if err := exist(ctx, tx, "Partner", `SELECT id FROM strategic_partners WHERE id = ?`, d.PartnerID); err != nil {
		return Deal{}, err
	}
	if d.BookingID != nil {
		if err := exist(ctx, tx, "Booking", `SELECT id FROM demo_bookings WHERE id = ?`, *d.BookingID); err != nil {
			return Deal{}, err
		}
	}
	row, _, err := one[Deal](ctx, tx, `INSERT INTO deals (contractor_id, partner_id, booking_id, deal_value, satisfaction_score, closed_at, notes, interaction_id, created_by_role, created_by)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING `+columns[Deal](""),
		d.ContractorID, d.PartnerID, d.BookingID, d.Value, d.Satisfaction, d.ClosedAt, d.Notes, d.InteractionID, d.ByRole, d.By)
	if err != nil {
		return row, fmt.Errorf("add deal: %w", err)
	}
	return row, nil
}

// exist returns an error of the code NotFound when a query finds no row.
func exist(ctx context.Context, c Conn, what, query string, id int64) error {
	_, ok, err := value[int64](ctx, c, query, id)
	switch {
	case err != nil:
		return fmt.Errorf("find %s %d: %w", what, id, err)
	case !ok:
		return notFound(what)
	}
	return nil
}
