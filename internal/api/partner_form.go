package api

import (
	"context"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// PartnerForm is what can be said of a partner beside what a new one needs.
// Its members are columns; others are ignored.
type PartnerForm struct {
	Description                 *text  `json:"description,omitempty"`
	LogoURL                     *text  `json:"logo_url,omitempty"`
	Website                     *text  `json:"website,omitempty"`
	ContactPhone                *text  `json:"contact_phone,omitempty"`
	Power100Subdomain           *text  `json:"power100_subdomain,omitempty"`
	PowerConfidenceScore        *score `json:"power_confidence_score,omitempty"`
	IsActive                    *yesNo `json:"is_active,omitempty"`
	GeographicRegions           *items `json:"geographic_regions,omitempty"`
	KeyDifferentiators          *items `json:"key_differentiators,omitempty"`
	ClientTestimonials          *items `json:"client_testimonials,omitempty"`
	PricingModel                *text  `json:"pricing_model,omitempty"`
	OnboardingProcess           *text  `json:"onboarding_process,omitempty"`
	LastQuarterlyReport         *text  `json:"last_quarterly_report,omitempty"`
	OnboardingURL               *text  `json:"onboarding_url,omitempty"`
	DemoBookingURL              *text  `json:"demo_booking_url,omitempty"`
	EstablishedYear             *text  `json:"established_year,omitempty"`
	EmployeeCount               *text  `json:"employee_count,omitempty"`
	OwnershipType               *text  `json:"ownership_type,omitempty"`
	CompanyDescription          *text  `json:"company_description,omitempty"`
	CEOContactName              *text  `json:"ceo_contact_name,omitempty"`
	CEOContactEmail             *text  `json:"ceo_contact_email,omitempty"`
	CEOContactPhone             *text  `json:"ceo_contact_phone,omitempty"`
	CEOContactTitle             *text  `json:"ceo_contact_title,omitempty"`
	CXContactName               *text  `json:"cx_contact_name,omitempty"`
	CXContactEmail              *text  `json:"cx_contact_email,omitempty"`
	CXContactPhone              *text  `json:"cx_contact_phone,omitempty"`
	CXContactTitle              *text  `json:"cx_contact_title,omitempty"`
	SalesContactName            *text  `json:"sales_contact_name,omitempty"`
	SalesContactEmail           *text  `json:"sales_contact_email,omitempty"`
	SalesContactPhone           *text  `json:"sales_contact_phone,omitempty"`
	SalesContactTitle           *text  `json:"sales_contact_title,omitempty"`
	OnboardingContactName       *text  `json:"onboarding_contact_name,omitempty"`
	OnboardingContactEmail      *text  `json:"onboarding_contact_email,omitempty"`
	OnboardingContactPhone      *text  `json:"onboarding_contact_phone,omitempty"`
	OnboardingContactTitle      *text  `json:"onboarding_contact_title,omitempty"`
	MarketingContactName        *text  `json:"marketing_contact_name,omitempty"`
	MarketingContactEmail       *text  `json:"marketing_contact_email,omitempty"`
	MarketingContactPhone       *text  `json:"marketing_contact_phone,omitempty"`
	MarketingContactTitle       *text  `json:"marketing_contact_title,omitempty"`
	TargetRevenueAudience       *items `json:"target_revenue_audience,omitempty"`
	ServiceAreas                *items `json:"service_areas,omitempty"`
	ServiceAreasOther           *text  `json:"service_areas_other,omitempty"`
	ServiceCategory             *text  `json:"service_category,omitempty"`
	ValueProposition            *text  `json:"value_proposition,omitempty"`
	WhyClientsChooseYou         *text  `json:"why_clients_choose_you,omitempty"`
	WhyClientsChooseCompetitors *text  `json:"why_clients_choose_competitors,omitempty"`
	FocusAreas12Months          *items `json:"focus_areas_12_months,omitempty"`
	TechStackCRM                *items `json:"tech_stack_crm,omitempty"`
	TechStackProjectManagement  *items `json:"tech_stack_project_management,omitempty"`
	TechStackCommunication      *items `json:"tech_stack_communication,omitempty"`
	TechStackAnalytics          *items `json:"tech_stack_analytics,omitempty"`
	TechStackMarketing          *items `json:"tech_stack_marketing,omitempty"`
	TechStackFinancial          *items `json:"tech_stack_financial,omitempty"`
	SponsoredEvents             *items `json:"sponsored_events,omitempty"`
	PodcastAppearances          *items `json:"podcast_appearances,omitempty"`
	BooksReadRecommended        *text  `json:"books_read_recommended,omitempty"`
	BestWorkingPartnerships     *text  `json:"best_working_partnerships,omitempty"`
	ClientDemos                 *items `json:"client_demos,omitempty"`
	ClientReferences            *items `json:"client_references,omitempty"`
}

// listColumns are the columns of PartnerForm that are an empty list unless
// they are set.
func (f *PartnerForm) listColumns() map[string]*items {
	return map[string]*items{
		"geographic_regions": f.GeographicRegions, "key_differentiators": f.KeyDifferentiators, "client_testimonials": f.ClientTestimonials,
		"target_revenue_audience": f.TargetRevenueAudience, "service_areas": f.ServiceAreas, "focus_areas_12_months": f.FocusAreas12Months,
		"tech_stack_crm": f.TechStackCRM, "tech_stack_project_management": f.TechStackProjectManagement, "tech_stack_communication": f.TechStackCommunication,
		"tech_stack_analytics": f.TechStackAnalytics, "tech_stack_marketing": f.TechStackMarketing, "tech_stack_financial": f.TechStackFinancial,
		"sponsored_events": f.SponsoredEvents, "podcast_appearances": f.PodcastAppearances, "client_demos": f.ClientDemos, "client_references": f.ClientReferences,
	}
}

type newPartnerInput struct {
	Body struct {
		CompanyName        *words    `json:"company_name"`
		ContactEmail       *email    `json:"contact_email"`
		FocusAreasServed   *nameList `json:"focus_areas_served"`
		TargetRevenueRange *nameList `json:"target_revenue_range"`
		PartnerForm
	}
}

type partnerOutput struct {
	Body struct {
		Success bool          `json:"success"`
		Partner sqldb.Partner `json:"partner"`
	}
}

func partnerRow(row sqldb.Partner) *partnerOutput {
	out := &partnerOutput{}
	out.Body.Success, out.Body.Partner = true, row
	return out
}

// addPartner takes a partner in.
func (s *Server) addPartner(ctx context.Context, in *newPartnerInput) (*partnerOutput, error) {
	b := &in.Body
	sets := setsOf(b)
	for name, list := range b.listColumns() {
		if list == nil {
			sets.add(name, "[]")
		}
	}
	first := 0.0
	if b.PowerConfidenceScore != nil {
		first = float64(*b.PowerConfidenceScore)
	}
	var row sqldb.Partner
	err := s.tx(ctx, func(tx *sqldb.Tx) (err error) {
		if row, err = sqldb.AddPartner(ctx, tx, sets); err != nil {
			return err
		}
		_, err = s.happened(ctx, tx, outcome{Type: tpe.TypePartnerOnboarding, Fields: object{
			"partner_id": idText(row.ID),
			"outcomes":   object{"onboarding_completed": true, "initial_powerconfidence_score": first},
			"metadata":   object{"documents_uploaded": b.ClientDemos.count(), "customers_added": b.ClientReferences.count()},
		}})
		return err
	})
	if err != nil {
		return nil, err
	}
	return partnerRow(row), nil
}

func (l *items) count() int {
	if l == nil {
		return 0
	}
	return len(*l)
}

type partnerInput struct {
	IDPath
	Body struct {
		CompanyName        *words `json:"company_name,omitempty"`
		ContactEmail       *email `json:"contact_email,omitempty"`
		FocusAreasServed   *names `json:"focus_areas_served,omitempty"`
		TargetRevenueRange *names `json:"target_revenue_range,omitempty"`
		PartnerForm
	}
}

// updatePartner changes a partner's row. A new PowerConfidence score is noted
// in its history too.
func (s *Server) updatePartner(ctx context.Context, in *partnerInput) (*partnerOutput, error) {
	sets := setsOf(&in.Body)
	var row sqldb.Partner
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		if to, ok := sets.get("power_confidence_score").(int64); ok {
			if err := s.setScore(ctx, tx, scoring{Partner: in.ID, To: to, Method: "manual", Notes: "set with the partner's row"}); err != nil {
				return err
			}
		}
		var err error
		row, err = sqldb.UpdatePartner(ctx, tx, in.ID, sets)
		return err
	})
	if err != nil {
		return nil, err
	}
	return partnerRow(row), nil
}

// deletePartner deletes a partner with its demos, whose files a job removes.
// While a file is being sent the partner stays.
func (s *Server) deletePartner(ctx context.Context, in *IDPath) (*done, error) {
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		demos, err := sqldb.DeletePartner(ctx, tx, in.ID)
		if err != nil || len(demos) == 0 {
			return err
		}
		if _, err := s.depot(); err != nil {
			return err
		}
		for _, d := range demos {
			leave, err := s.uploads.enter(d.ID)
			if err != nil {
				return err
			}
			leave() // who comes later finds no demo
			if err := s.removeFile(ctx, tx, d.ID, d.StorageKey.String); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.wakeJobs()
	return said("Partner deleted successfully"), nil
}

type toggleOutput struct {
	Body struct {
		Success bool           `json:"success"`
		Partner toggledPartner `json:"partner"`
	}
}

type toggledPartner struct {
	ID       int64      `json:"id"`
	IsActive sqldb.Bool `json:"is_active"`
}

// togglePartner makes an active partner inactive, and the other way round.
func (s *Server) togglePartner(ctx context.Context, in *IDPath) (*toggleOutput, error) {
	out := &toggleOutput{}
	out.Body.Success, out.Body.Partner.ID = true, in.ID
	err := s.tx(ctx, func(tx *sqldb.Tx) (err error) {
		out.Body.Partner.IsActive, err = sqldb.TogglePartner(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
