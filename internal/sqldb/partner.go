package sqldb

import (
	"context"
	"fmt"
	"strings"
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

// ActivePartners returns the active partners, best score first.
func (db *DB) ActivePartners(ctx context.Context) ([]ActivePartner, error) {
	list, err := all[ActivePartner](ctx, db, `SELECT `+columns[ActivePartner]("")+` FROM strategic_partners
		WHERE tpe_bool(is_active) ORDER BY COALESCE(tpe_num(power_confidence_score), 0) DESC, id`)
	if err != nil {
		return nil, fmt.Errorf("list active partners: %w", err)
	}
	return list, nil
}

// PartnersVersion is another number after this process has committed
// something that may have changed a partner. Other processes are not counted.
func (db *DB) PartnersVersion() uint64 { return db.partners.Load() }

// changesPartners reports whether a statement may change a partner.
func changesPartners(query string) bool {
	return strings.Contains(query, "strategic_partners") && !strings.HasPrefix(query, "SELECT")
}
