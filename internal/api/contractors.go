package api

import (
	"context"

	"github.com/power100/tpe/internal/sqldb"
)

type contractorsInput struct {
	Paging
	Stage  string `query:"stage" maxLength:"100" doc:"only contractors at this stage"`
	Search string `query:"search" maxLength:"100" doc:"part of the name, the company's name, the e-mail address, the phone number or the service area"`
}

type contractorsOutput struct {
	Body struct {
		PageInfo
		Contractors []sqldb.Contractor `json:"contractors"`
	}
}

// contractors lists contractors, the newest first.
func (s *Server) contractors(ctx context.Context, in *contractorsInput) (*contractorsOutput, error) {
	f := sqldb.ContractorFilter{Search: in.Search}
	if in.Stage != "" {
		f.Stages = []string{in.Stage}
	}
	return s.contractorsOf(ctx, f, in.page())
}

func (s *Server) contractorsOf(ctx context.Context, f sqldb.ContractorFilter, p sqldb.Page) (*contractorsOutput, error) {
	rows, err := sqldb.Contractors(ctx, s.opts.DB, f, p)
	if err != nil {
		return nil, err
	}
	out := &contractorsOutput{}
	out.Body.PageInfo, out.Body.Contractors = pageOf(rows), rows.Items
	return out, nil
}

type contractorSearchInput struct {
	Body struct {
		BodyPaging
		Query              string   `json:"query,omitempty" maxLength:"200" doc:"in the name, the company, the address, the phone number or the service area"`
		Stage              string   `json:"stage,omitempty" maxLength:"50"`
		VerificationStatus string   `json:"verification_status,omitempty" maxLength:"50"`
		FeedbackStatus     string   `json:"feedback_completion_status,omitempty" maxLength:"50"`
		FocusAreas         []string `json:"focus_areas,omitempty" maxItems:"50" nullable:"false" doc:"has one of them"`
		RevenueRanges      []string `json:"revenue_ranges,omitempty" maxItems:"50" nullable:"false" doc:"one of them is the annual revenue"`
		TeamSizeFrom       *float64 `json:"team_size_from,omitempty"`
		TeamSizeTo         *float64 `json:"team_size_to,omitempty"`
		CreatedFrom        *moment  `json:"created_from,omitempty"`
		CreatedTo          *moment  `json:"created_to,omitempty" doc:"this moment is left out"`
	}
}

// searchContractors lists the contractors that something is true of.
func (s *Server) searchContractors(ctx context.Context, in *contractorSearchInput) (*contractorsOutput, error) {
	b := &in.Body
	f := sqldb.ContractorFilter{Search: b.Query, FeedbackStatus: b.FeedbackStatus, FocusAreas: b.FocusAreas, Revenues: b.RevenueRanges, TeamFrom: b.TeamSizeFrom, TeamTo: b.TeamSizeTo}
	if b.Stage != "" {
		f.Stages = []string{b.Stage}
	}
	if b.VerificationStatus != "" {
		f.Statuses = []string{b.VerificationStatus}
	}
	if b.CreatedFrom != nil {
		f.CreatedFrom = b.CreatedFrom.Time
	}
	if b.CreatedTo != nil {
		f.CreatedTo = b.CreatedTo.Time
	}
	return s.contractorsOf(ctx, f, b.page())
}

type contractorDetailOutput struct {
	Body struct {
		Success    bool                   `json:"success"`
		Contractor sqldb.ContractorDetail `json:"contractor"`
	}
}

// contractorDetail answers with a contractor, its matches and bookings.
func (s *Server) contractorDetail(ctx context.Context, in *IDPath) (*contractorDetailOutput, error) {
	row, err := sqldb.ContractorDetailByID(ctx, s.opts.DB, in.ID)
	if err != nil {
		return nil, err
	}
	out := &contractorDetailOutput{}
	out.Body.Success, out.Body.Contractor = true, row
	return out, nil
}

// deleteContractor removes a contractor and what belongs to it.
func (s *Server) deleteContractor(ctx context.Context, in *IDPath) (*done, error) {
	if err := s.tx(ctx, func(tx *sqldb.Tx) error { return sqldb.DeleteContractor(ctx, tx, in.ID) }); err != nil {
		return nil, err
	}
	return said("Contractor deleted successfully"), nil
}

type contractorStatsOutput struct {
	Body struct {
		Success bool                  `json:"success"`
		Stats   sqldb.ContractorStats `json:"stats"`
	}
}

// contractorStats counts the contractors.
func (s *Server) contractorStats(ctx context.Context, _ *struct{}) (*contractorStatsOutput, error) {
	stats, err := sqldb.StatsOfContractors(ctx, s.opts.DB, s.opts.Now())
	if err != nil {
		return nil, err
	}
	out := &contractorStatsOutput{}
	out.Body.Success, out.Body.Stats = true, stats
	return out, nil
}
