package sqldb

import (
	"context"
	"encoding/json"
	"fmt"
)

// SamplePartner and SampleContractor are rows that Seed writes.
type SamplePartner struct {
	ID                                         int64
	CompanyName, Description, Website, Email   string
	FocusAreas, RevenueRanges, Differentiators []string
	ConfidenceScore                            int64
}

// SampleContractor is a contractor with the partner that was matched.
type SampleContractor struct {
	ID                                         int64
	Name, Email, Phone, Company, Area, Revenue string
	FocusAreas                                 []string
	TeamSize                                   int64
	PartnerID, MatchScore                      int64
	Booking                                    string // YYYY-MM-DD HH:MM:SS; empty: none
}

// Empty reports whether nobody and nothing is in the database.
func (db *DB) Empty(ctx context.Context) (bool, error) {
	n, _, err := value[int64](ctx, db, `SELECT (SELECT count(*) FROM strategic_partners) + (SELECT count(*) FROM contractors)`)
	if err != nil {
		return false, fmt.Errorf("count rows: %w", err)
	}
	return n == 0, nil
}

// Seed writes sample rows in one transaction.
func (db *DB) Seed(ctx context.Context, partners []SamplePartner, contractors []SampleContractor) error {
	_, err := db.Tx(ctx, func(tx *Tx) error {
		for _, p := range partners {
			if err := seedPartner(ctx, tx, p); err != nil {
				return fmt.Errorf("seed partner %d: %w", p.ID, err)
			}
		}
		for _, c := range contractors {
			if err := seedContractor(ctx, tx, c); err != nil {
				return fmt.Errorf("seed contractor %d: %w", c.ID, err)
			}
		}
		return db.restart(ctx, tx, "strategic_partners", "contractors")
	})
	if err != nil {
		return fmt.Errorf("seed database: %w", err)
	}
	return nil
}

// restart lets new rows of tables take ids after those that were given.
// SQLite does that on its own.
func (db *DB) restart(ctx context.Context, tx *Tx, tables ...string) error {
	if !db.postgres {
		return nil
	}
	for _, table := range tables {
		if _, err := tx.exec(ctx, `SELECT setval(pg_get_serial_sequence(?, 'id'), (SELECT max(id) FROM `+table+`))`, table); err != nil {
			return err
		}
	}
	return nil
}

func seedPartner(ctx context.Context, tx *Tx, p SamplePartner) error {
	_, err := run(ctx, tx, `INSERT INTO strategic_partners
		(id, company_name, description, website, contact_email, focus_areas_served, target_revenue_range, key_differentiators, power_confidence_score, is_active)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		p.ID, p.CompanyName, p.Description, p.Website, p.Email, list(p.FocusAreas), list(p.RevenueRanges), list(p.Differentiators), p.ConfidenceScore, true)
	return err
}

func seedContractor(ctx context.Context, tx *Tx, c SampleContractor) error {
	if _, err := run(ctx, tx, `INSERT INTO contractors
		(id, name, email, phone, company_name, service_area, focus_areas, primary_focus_area, annual_revenue, team_size, verification_status, current_stage)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'verified', 'matching')`,
		c.ID, c.Name, c.Email, c.Phone, c.Company, c.Area, list(c.FocusAreas), c.FocusAreas[0], c.Revenue, c.TeamSize); err != nil {
		return err
	}
	if _, err := run(ctx, tx, `INSERT INTO contractor_partner_matches (contractor_id, partner_id, match_score, match_reasons, is_primary_match)
		VALUES (?, ?, ?, '[]', ?)`, c.ID, c.PartnerID, c.MatchScore, true); err != nil {
		return err
	}
	if c.Booking == "" {
		return nil
	}
	_, err := run(ctx, tx, `INSERT INTO demo_bookings (contractor_id, partner_id, scheduled_date) VALUES (?, ?, ?)`, c.ID, c.PartnerID, c.Booking)
	return err
}

// list writes a column that holds a JSON array.
func list(items []string) string {
	b, err := json.Marshal(items)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(b)
}
