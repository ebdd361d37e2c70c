package sqldb

import (
	"context"
	"fmt"
)

// Deal is a deal's whole row.
type Deal struct {
	ID                int64  `json:"id"`
	ContractorID      Number `json:"contractor_id"`
	PartnerID         Number `json:"partner_id"`
	BookingID         Number `json:"booking_id"`
	DealValue         Number `json:"deal_value" doc:"US dollars"`
	SatisfactionScore Number `json:"satisfaction_score" doc:"0 to 10"`
	ClosedAt          Time   `json:"closed_at"`
	Notes             Text   `json:"notes"`
	InteractionID     Text   `json:"interaction_id" doc:"of the record deal_closed"`
	CreatedAt         Time   `json:"created_at"`
	UpdatedAt         Time   `json:"updated_at"`
}

// ListedDeal is a deal with who made it.
type ListedDeal struct {
	Deal
	ContractorName    Text `json:"contractor_name" sql:"c.name"`
	ContractorCompany Text `json:"contractor_company" sql:"c.company_name"`
	PartnerName       Text `json:"partner_name" sql:"p.company_name"`
}

// DealFilter chooses deals. Zero values choose all.
type DealFilter struct{ Partner, Contractor int64 }

// Deals lists deals, the last closed first.
func Deals(ctx context.Context, c Conn, f DealFilter, p Page) (Rows[ListedDeal], error) {
	l := &listing{from: "deals d LEFT JOIN contractors c ON c.id = d.contractor_id LEFT JOIN strategic_partners p ON p.id = d.partner_id", alias: "d", key: "tpe_time(d.closed_at)"}
	if f.Partner != 0 {
		l.where.and("d.partner_id = ?", f.Partner)
	}
	if f.Contractor != 0 {
		l.where.and("d.contractor_id = ?", f.Contractor)
	}
	rows, err := page[ListedDeal](ctx, c, l, p)
	if err != nil {
		return rows, fmt.Errorf("list deals: %w", err)
	}
	return rows, nil
}

// AddDeal adds a deal and returns its row.
func AddDeal(ctx context.Context, c Conn, sets []Set) (Deal, error) {
	row, _, err := insert[Deal](ctx, c, "deals", sets)
	if err != nil {
		return row, fmt.Errorf("add deal: %w", err)
	}
	return row, nil
}
