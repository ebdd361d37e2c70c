package sqldb

import (
	"context"
	"fmt"
)

// Podcast is a podcast's row.
type Podcast struct {
	ID                int64 `json:"id"`
	Name              Text  `json:"name"`
	Host              Text  `json:"host"`
	Description       Text  `json:"description"`
	LogoURL           Text  `json:"logo_url"`
	Website           Text  `json:"website"`
	Frequency         Text  `json:"frequency"`
	Topics            Text  `json:"topics"`
	FocusAreasCovered Text  `json:"focus_areas_covered"`
	TargetAudience    Text  `json:"target_audience"`
	IsActive          Bool  `json:"is_active"`
}

// Event is an event's row.
type Event struct {
	ID                   int64 `json:"id"`
	Name                 Text  `json:"name"`
	Description          Text  `json:"description"`
	LogoURL              Text  `json:"logo_url"`
	Website              Text  `json:"website"`
	Date                 Text  `json:"date"`
	Location             Text  `json:"location"`
	Format               Text  `json:"format"`
	Attendees            Text  `json:"attendees"`
	FocusAreasCovered    Text  `json:"focus_areas_covered"`
	TargetAudience       Text  `json:"target_audience"`
	RegistrationDeadline Text  `json:"registration_deadline"`
	IsActive             Bool  `json:"is_active"`
}

// Manufacturer is a manufacturer's row.
type Manufacturer struct {
	ID                   int64  `json:"id"`
	CompanyName          Text   `json:"company_name"`
	Description          Text   `json:"description"`
	LogoURL              Text   `json:"logo_url"`
	Website              Text   `json:"website"`
	ProductCategories    Text   `json:"product_categories"`
	BrandsCarried        Text   `json:"brands_carried"`
	FocusAreasServed     Text   `json:"focus_areas_served"`
	PriceRange           Text   `json:"price_range"`
	LeadTime             Text   `json:"lead_time"`
	ContractorRating     Number `json:"contractor_rating"`
	TrainingProvided     Bool   `json:"training_provided"`
	PowerConfidenceScore Number `json:"power_confidence_score"`
	IsActive             Bool   `json:"is_active"`
}

// Candidates is everything that a contractor can be matched with: what is
// active, by id.
type Candidates struct {
	Partners      []PublicPartner
	Podcasts      []Podcast
	Events        []Event
	Manufacturers []Manufacturer
}

// CandidatesFor returns what contractors can be matched with.
func CandidatesFor(ctx context.Context, c Conn) (out Candidates, err error) {
	if out.Partners, err = active[PublicPartner](ctx, c, "strategic_partners"); err != nil {
		return out, err
	}
	if out.Podcasts, err = active[Podcast](ctx, c, "podcasts"); err != nil {
		return out, err
	}
	if out.Events, err = active[Event](ctx, c, "events"); err != nil {
		return out, err
	}
	out.Manufacturers, err = active[Manufacturer](ctx, c, "manufacturers")
	return out, err
}

func active[T any](ctx context.Context, c Conn, table string) ([]T, error) {
	list, err := all[T](ctx, c, `SELECT `+columns[T]("")+` FROM `+table+` WHERE tpe_bool(is_active) ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", table, err)
	}
	return list, nil
}

// NewMatch is a match to be stored.
type NewMatch struct {
	PartnerID int64
	Score     int64
	Reasons   []string
}

// ReplaceMatches stores a contractor's matches, the best first, in the place
// of those from before. A partner that was matched before keeps the time of
// the first match.
func ReplaceMatches(ctx context.Context, tx *Tx, contractor int64, matches []NewMatch) error {
	if err := tx.Lock(ctx, "matches", contractor); err != nil {
		return err
	}
	keep := []any{contractor}
	for i, m := range matches {
		keep = append(keep, m.PartnerID)
		_, err := run(ctx, tx, `INSERT INTO contractor_partner_matches (contractor_id, partner_id, match_score, match_reasons, is_primary_match) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (contractor_id, partner_id) DO UPDATE SET match_score = excluded.match_score, match_reasons = excluded.match_reasons, is_primary_match = excluded.is_primary_match`,
			contractor, m.PartnerID, m.Score, list(m.Reasons), i == 0)
		if err != nil {
			return fmt.Errorf("add match of contractor %d: %w", contractor, err)
		}
	}
	others := ""
	if len(matches) > 0 {
		others = ` AND partner_id NOT IN (` + marks(len(matches)) + `)`
	}
	if _, err := run(ctx, tx, `DELETE FROM contractor_partner_matches WHERE contractor_id = ?`+others, keep...); err != nil {
		return fmt.Errorf("delete matches of contractor %d: %w", contractor, err)
	}
	return nil
}

// FirstMatched returns when a contractor was first matched with a partner; it
// is not valid when that is not known.
func FirstMatched(ctx context.Context, c Conn, contractor, partner int64) (Time, error) {
	t, _, err := value[Time](ctx, c, `SELECT created_at FROM contractor_partner_matches WHERE contractor_id = ? AND partner_id = ?`, contractor, partner)
	if err != nil {
		return t, fmt.Errorf("find match: %w", err)
	}
	return t, nil
}

// Met reports whether a contractor was matched with a partner, or has booked a
// demo with it.
func Met(ctx context.Context, c Conn, contractor, partner int64) (bool, error) {
	n, _, err := value[int64](ctx, c, `SELECT (SELECT count(*) FROM contractor_partner_matches WHERE contractor_id = ? AND partner_id = ?)
		+ (SELECT count(*) FROM demo_bookings WHERE contractor_id = ? AND partner_id = ?)`, contractor, partner, contractor, partner)
	if err != nil {
		return false, fmt.Errorf("look whether they met: %w", err)
	}
	return n > 0, nil
}

// CompleteContractor notes that a contractor has reached the end of the flow.
// It reports whether that was the first time. The error is of the code
// NotFound when there is no contractor.
func CompleteContractor(ctx context.Context, c Conn, id int64) (first bool, err error) {
	n, err := run(ctx, c, `UPDATE contractors SET current_stage = 'completed', completed_at = CURRENT_TIMESTAMP, updated_at = CURRENT_TIMESTAMP WHERE id = ? AND completed_at IS NULL`, id)
	if err != nil || n > 0 {
		return n > 0, found(true, err, "Contractor", id)
	}
	n, err = run(ctx, c, `UPDATE contractors SET current_stage = 'completed', updated_at = CURRENT_TIMESTAMP WHERE id = ?`, id)
	return false, found(n > 0, err, "Contractor", id)
}
