package sqldb

import (
	"context"
	"fmt"
)

// PartnerFilter chooses partners. Zero values choose all.
type PartnerFilter struct {
	Active        *bool
	Text          string   // in the name, the description, the contact's address or the website
	FocusAreas    []string // serves one of them
	RevenueRanges []string // is for one of them
	ScoreFrom     *float64
	ScoreTo       *float64
}

// Partners lists partners, the newest first.
func Partners(ctx context.Context, c Conn, f PartnerFilter, p Page) (Rows[Partner], error) {
	l := &listing{from: "strategic_partners", key: "tpe_time(created_at)"}
	if f.Active != nil {
		l.where.and("COALESCE(tpe_bool(is_active), ?) = ?", false, *f.Active)
	}
	if f.Text != "" {
		l.where.search(f.Text, "company_name", "description", "company_description", "contact_email", "website")
	}
	l.where.contains("focus_areas_served", f.FocusAreas)
	l.where.contains("target_revenue_range", f.RevenueRanges)
	if f.ScoreFrom != nil {
		l.where.and("tpe_num(power_confidence_score) >= ?", *f.ScoreFrom)
	}
	if f.ScoreTo != nil {
		l.where.and("tpe_num(power_confidence_score) <= ?", *f.ScoreTo)
	}
	rows, err := page[Partner](ctx, c, l, p)
	if err != nil {
		return rows, fmt.Errorf("list partners: %w", err)
	}
	return rows, nil
}

// PartnerStats is what is counted of all partners.
type PartnerStats struct {
	Total           int64  `json:"total_partners" sql:"count(*)"`
	Active          int64  `json:"active_partners" sql:"count(*) FILTER (WHERE tpe_bool(is_active))"`
	Inactive        int64  `json:"inactive_partners" sql:"count(*) FILTER (WHERE NOT COALESCE(tpe_bool(is_active), 1 = 0))"`
	ConfidenceScore Number `json:"avg_confidence_score" sql:"avg(tpe_num(power_confidence_score))"`
}

// BookedPartner is a partner with the number of its bookings.
type BookedPartner struct {
	ID          int64 `json:"id" sql:"p.id"`
	CompanyName Text  `json:"company_name" sql:"p.company_name"`
	Bookings    int64 `json:"booking_count" sql:"count(*)"`
}

// StatsOfPartners counts all partners, and returns the column
// focus_areas_served of each, and those five with the most bookings.
func StatsOfPartners(ctx context.Context, c Conn) (stats PartnerStats, areas []string, top []BookedPartner, err error) {
	if stats, _, err = one[PartnerStats](ctx, c, `SELECT `+columns[PartnerStats]("")+` FROM strategic_partners`); err != nil {
		return stats, nil, nil, fmt.Errorf("count partners: %w", err)
	}
	type served struct {
		Areas Text `sql:"focus_areas_served"`
	}
	list, err := all[served](ctx, c, `SELECT focus_areas_served FROM strategic_partners`)
	if err != nil {
		return stats, nil, nil, fmt.Errorf("list focus areas: %w", err)
	}
	for _, s := range list {
		areas = append(areas, s.Areas.String)
	}
	top, err = all[BookedPartner](ctx, c, `SELECT `+columns[BookedPartner]("")+` FROM strategic_partners p JOIN demo_bookings b ON b.partner_id = p.id
		GROUP BY p.id, p.company_name ORDER BY count(*) DESC, p.id LIMIT 5`)
	if err != nil {
		return stats, nil, nil, fmt.Errorf("rank partners: %w", err)
	}
	return stats, areas, top, nil
}
