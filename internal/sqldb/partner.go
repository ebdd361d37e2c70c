package sqldb

import (
	"context"
	"fmt"
)

// ActivePartner is a partner as the public list shows it. JSON columns are
// JSON text inside a string: the front end parses them.
type ActivePartner struct {
	ID                   int64  `json:"id"`
	CompanyName          Text   `json:"company_name"`
	Description          Text   `json:"description"`
	LogoURL              Text   `json:"logo_url"`
	Website              Text   `json:"website"`
	FocusAreasServed     Text   `json:"focus_areas_served"`
	TargetRevenueRange   Text   `json:"target_revenue_range"`
	PowerConfidenceScore Number `json:"power_confidence_score"`
	KeyDifferentiators   Text   `json:"key_differentiators"`
	PricingModel         Text   `json:"pricing_model"`
}

// The old service stored booleans as 1, 'true' and 'yes', and numbers as
// text.
const activePartners = `
SELECT id, company_name, description, logo_url, website, focus_areas_served, target_revenue_range,
       power_confidence_score, key_differentiators, pricing_model
FROM strategic_partners
WHERE lower(CAST(is_active AS TEXT)) IN ('1', 'true', 'yes', 't', 'y', 'on')
ORDER BY CAST(power_confidence_score AS REAL) DESC, id`

// ActivePartners returns the active partners, best score first.
func (db *DB) ActivePartners(ctx context.Context) ([]ActivePartner, error) {
	rows, err := db.read.QueryContext(ctx, activePartners)
	if err != nil {
		return nil, fmt.Errorf("list active partners: %w", err)
	}
	defer rows.Close()
	list := []ActivePartner{}
	for rows.Next() {
		var p ActivePartner
		if err := rows.Scan(&p.ID, &p.CompanyName, &p.Description, &p.LogoURL, &p.Website, &p.FocusAreasServed,
			&p.TargetRevenueRange, &p.PowerConfidenceScore, &p.KeyDifferentiators, &p.PricingModel); err != nil {
			return nil, fmt.Errorf("list active partners: %w", err)
		}
		list = append(list, p)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list active partners: %w", err)
	}
	return list, nil
}
