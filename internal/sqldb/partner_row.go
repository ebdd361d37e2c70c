package sqldb

import (
	"context"
	"fmt"
	"strings"
)

// PublicPartner is what everybody may know of a partner: no addresses, no
// phone numbers, no names of people.
type PublicPartner struct {
	ID                     int64  `json:"id"`
	CompanyName            Text   `json:"company_name"`
	Description            Text   `json:"description"`
	LogoURL                Text   `json:"logo_url"`
	Website                Text   `json:"website"`
	FocusAreasServed       Text   `json:"focus_areas_served"`
	TargetRevenueRange     Text   `json:"target_revenue_range"`
	GeographicRegions      Text   `json:"geographic_regions"`
	KeyDifferentiators     Text   `json:"key_differentiators"`
	PowerConfidenceScore   Number `json:"power_confidence_score"`
	IsActive               Bool   `json:"is_active"`
	PricingModel           Text   `json:"pricing_model"`
	OnboardingProcess      Text   `json:"onboarding_process"`
	OnboardingURL          Text   `json:"onboarding_url"`
	DemoBookingURL         Text   `json:"demo_booking_url"`
	ClientTestimonials     Text   `json:"client_testimonials"`
	TotalFeedbackResponses Number `json:"total_feedback_responses"`
	AverageSatisfaction    Number `json:"average_satisfaction"`
	FeedbackTrend          Text   `json:"feedback_trend"`
	EstablishedYear        Text   `json:"established_year"`
	EmployeeCount          Text   `json:"employee_count"`
	OwnershipType          Text   `json:"ownership_type"`
	CompanyDescription     Text   `json:"company_description"`
	TargetRevenueAudience  Text   `json:"target_revenue_audience"`
	ServiceAreas           Text   `json:"service_areas"`
	ServiceAreasOther      Text   `json:"service_areas_other"`
	ServiceCategory        Text   `json:"service_category"`
	ValueProposition       Text   `json:"value_proposition"`
	WhyClientsChooseYou    Text   `json:"why_clients_choose_you"`
	FocusAreas12Months     Text   `json:"focus_areas_12_months"`
	TechStackCRM           Text   `json:"tech_stack_crm"`
	TechStackProject       Text   `json:"tech_stack_project_management"`
	TechStackCommunication Text   `json:"tech_stack_communication"`
	TechStackAnalytics     Text   `json:"tech_stack_analytics"`
	TechStackMarketing     Text   `json:"tech_stack_marketing"`
	TechStackFinancial     Text   `json:"tech_stack_financial"`
	SponsoredEvents        Text   `json:"sponsored_events"`
	PodcastAppearances     Text   `json:"podcast_appearances"`
	BooksReadRecommended   Text   `json:"books_read_recommended"`
	CreatedAt              Time   `json:"created_at"`
	UpdatedAt              Time   `json:"updated_at"`
}

// Partner is a partner's whole row.
type Partner struct {
	PublicPartner
	ContactEmail                 Text   `json:"contact_email"`
	ContactPhone                 Text   `json:"contact_phone"`
	LastFeedbackUpdate           Time   `json:"last_feedback_update"`
	NextQuarterlyReview          Text   `json:"next_quarterly_review"`
	CEOContactName               Text   `json:"ceo_contact_name"`
	CEOContactEmail              Text   `json:"ceo_contact_email"`
	CEOContactPhone              Text   `json:"ceo_contact_phone"`
	CEOContactTitle              Text   `json:"ceo_contact_title"`
	CXContactName                Text   `json:"cx_contact_name"`
	CXContactEmail               Text   `json:"cx_contact_email"`
	CXContactPhone               Text   `json:"cx_contact_phone"`
	CXContactTitle               Text   `json:"cx_contact_title"`
	SalesContactName             Text   `json:"sales_contact_name"`
	SalesContactEmail            Text   `json:"sales_contact_email"`
	SalesContactPhone            Text   `json:"sales_contact_phone"`
	SalesContactTitle            Text   `json:"sales_contact_title"`
	OnboardingContactName        Text   `json:"onboarding_contact_name"`
	OnboardingContactEmail       Text   `json:"onboarding_contact_email"`
	OnboardingContactPhone       Text   `json:"onboarding_contact_phone"`
	OnboardingContactTitle       Text   `json:"onboarding_contact_title"`
	MarketingContactName         Text   `json:"marketing_contact_name"`
	MarketingContactEmail        Text   `json:"marketing_contact_email"`
	MarketingContactPhone        Text   `json:"marketing_contact_phone"`
	MarketingContactTitle        Text   `json:"marketing_contact_title"`
	WhyClientsChooseCompetitors  Text   `json:"why_clients_choose_competitors"`
	BestWorkingPartnerships      Text   `json:"best_working_partnerships"`
	ClientDemos                  Text   `json:"client_demos"`
	ClientReferences             Text   `json:"client_references"`
	Power100Subdomain            Text   `json:"power100_subdomain"`
	LastQuarterlyReport          Text   `json:"last_quarterly_report"`
	DashboardAccessEnabled       Bool   `json:"dashboard_access_enabled"`
	LastDashboardLogin           Time   `json:"last_dashboard_login"`
	DashboardNotificationsOn     Bool   `json:"dashboard_notifications_enabled"`
	CurrentPowerConfidenceScore  Number `json:"current_powerconfidence_score"`
	PreviousPowerConfidenceScore Number `json:"previous_powerconfidence_score"`
	ScoreTrend                   Text   `json:"score_trend"`
	IndustryRank                 Number `json:"industry_rank"`
	CategoryRank                 Number `json:"category_rank"`
	LastScoreUpdate              Time   `json:"last_score_update"`
	TotalContractorEngagements   Number `json:"total_contractor_engagements"`
	AvgContractorSatisfaction    Number `json:"avg_contractor_satisfaction"`
}

// PartnerCounts is what is counted around one partner.
type PartnerCounts struct {
	TotalBookings     int64 `json:"total_bookings" sql:"(SELECT count(*) FROM demo_bookings b WHERE b.partner_id = strategic_partners.id)"`
	CompletedBookings int64 `json:"completed_bookings" sql:"(SELECT count(*) FROM demo_bookings b WHERE b.partner_id = strategic_partners.id AND b.status = 'completed')"`
	TotalMatches      int64 `json:"total_matches" sql:"(SELECT count(*) FROM contractor_partner_matches m WHERE m.partner_id = strategic_partners.id)"`
}

// PartnerDetail is a partner with what is counted.
type PartnerDetail struct {
	Partner
	PartnerCounts
}

// PublicPartnerDetail is PartnerDetail for everybody.
type PublicPartnerDetail struct {
	PublicPartner
	PartnerCounts
}

// Public returns what everybody may know of it.
func (p PartnerDetail) Public() PublicPartnerDetail {
	return PublicPartnerDetail{p.PublicPartner, p.PartnerCounts}
}

// PartnerByID returns a partner. The error is of the code NotFound when there
// is none.
func PartnerByID(ctx context.Context, c Conn, id int64) (PartnerDetail, error) {
	row, ok, err := one[PartnerDetail](ctx, c, `SELECT `+columns[PartnerDetail]("")+` FROM strategic_partners WHERE id = ?`, id)
	return row, found(ok, err, "Partner", id)
}

// found turns the outcome of a query for one row into an error: NotFound when
// there was none.
func found(ok bool, err error, what string, id int64) error {
	switch {
	case err != nil:
		return fmt.Errorf("find %s %d: %w", strings.ToLower(what), id, err)
	case !ok:
		return notFound(what)
	}
	return nil
}

// AddPartner adds a partner and returns its row.
func AddPartner(ctx context.Context, c Conn, sets []Set) (Partner, error) {
	row, _, err := insert[Partner](ctx, c, "strategic_partners", sets)
	if err != nil {
		return row, fmt.Errorf("add partner: %w", err)
	}
	return row, nil
}

// insert adds a row and returns it.
func insert[T any](ctx context.Context, c Conn, table string, sets []Set) (T, bool, error) {
	names, args := make([]string, len(sets)), make([]any, len(sets))
	for i, s := range sets {
		names[i], args[i] = s.Column, s.Value
	}
	return one[T](ctx, c, `INSERT INTO `+table+` (`+strings.Join(names, ", ")+`) VALUES (`+marks(len(sets))+`) RETURNING `+columns[T](""), args...)
}

// UpdatePartner changes columns of a partner and returns its row. The error
// is of the code NotFound when there is none.
func UpdatePartner(ctx context.Context, c Conn, id int64, sets []Set) (Partner, error) {
	row, ok, err := update[Partner](ctx, c, "strategic_partners", id, sets)
	return row, found(ok, err, "Partner", id)
}

// TogglePartner makes an active partner inactive, and the other way round; a
// value that is neither counts as inactive. It returns what it is now. The
// error is of the code NotFound when there is no partner.
func TogglePartner(ctx context.Context, c Conn, id int64) (Bool, error) {
	active, ok, err := value[Bool](ctx, c, `UPDATE strategic_partners SET is_active = NOT COALESCE(tpe_bool(is_active), ?), updated_at = CURRENT_TIMESTAMP WHERE id = ? RETURNING is_active`, false, id)
	return active, found(ok, err, "Partner", id)
}

// DeletePartner deletes a partner with what is only about it: matches, leads,
// accounts, surveys and their answers, scores, what stakeholders said. What a
// contractor did stays, without the partner: bookings, deals, campaigns. It
// returns the demos that go with it: their files are left to the caller. The
// error is of the code NotFound when there is no partner.
func DeletePartner(ctx context.Context, tx *Tx, id int64) ([]StoredDemo, error) {
	if err := tx.lockRow(ctx, "strategic_partners", id); err != nil {
		return nil, err
	}
	demos, err := all[StoredDemo](ctx, tx, `SELECT `+columns[StoredDemo]("")+` FROM demo_uploads WHERE partner_id = ? ORDER BY id`, id)
	if err != nil {
		return nil, fmt.Errorf("list the demos of partner %d: %w", id, err)
	}
	for _, d := range demos {
		if err := RemoveDemo(ctx, tx, d.ID); err != nil {
			return nil, err
		}
	}
	for _, q := range []string{
		`UPDATE demo_bookings SET partner_id = NULL WHERE partner_id = ?`,
		`UPDATE deals SET partner_id = NULL WHERE partner_id = ?`,
		`UPDATE sms_campaigns SET partner_id = NULL WHERE partner_id = ?`,
		`DELETE FROM contractor_partner_matches WHERE partner_id = ?`,
		`DELETE FROM feedback_responses WHERE partner_id = ?`,
		`DELETE FROM feedback_responses WHERE survey_id IN (SELECT id FROM feedback_surveys WHERE partner_id = ?)`,
		`DELETE FROM feedback_surveys WHERE partner_id = ?`,
		`DELETE FROM powerconfidence_history WHERE partner_id = ?`,
		`DELETE FROM partner_analytics WHERE partner_id = ?`,
		`DELETE FROM partner_leads WHERE partner_id = ?`,
		`DELETE FROM partner_insights WHERE partner_id = ?`,
		`DELETE FROM partner_dashboard_sessions WHERE partner_id = ?`,
		`DELETE FROM partner_users WHERE partner_id = ?`,
	} {
		if _, err := run(ctx, tx, q, id); err != nil {
			return nil, fmt.Errorf("delete partner %d: %w", id, err)
		}
	}
	n, err := run(ctx, tx, `DELETE FROM strategic_partners WHERE id = ?`, id)
	return demos, found(n > 0, err, "Partner", id)
}

// StoredDemo is a demo and where its file is kept.
type StoredDemo struct {
	ID         int64 `sql:"id"`
	StorageKey Text  `sql:"storage_key"`
}
