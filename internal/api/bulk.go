package api

import (
	"context"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// bulkResult is what became of one row.
type bulkResult struct {
	ID        int64  `json:"id"`
	Status    string `json:"status" enum:"updated,deleted,not_found"`
	NewStatus string `json:"new_status,omitempty" enum:"active,inactive"`
}

// BulkAnswer is the part of an answer that all bulk routes share.
type BulkAnswer struct {
	Success bool         `json:"success"`
	Message string       `json:"message"`
	Results []bulkResult `json:"results" nullable:"false"`
}

type bulkUpdateOutput struct {
	Body struct {
		BulkAnswer
		Updated int `json:"updated_count"`
	}
}

type bulkDeleteOutput struct {
	Body struct {
		BulkAnswer
		Deleted int `json:"deleted_count"`
	}
}

// inBulk does one thing to many rows, in one transaction: a fault in one of
// them undoes all. A row that does not exist is told. One that is named twice
// is one row.
func (s *Server) inBulk(ctx context.Context, ids []ident, what, kind string, change func(tx *sqldb.Tx, id int64) (bulkResult, error)) (BulkAnswer, int, error) {
	var out BulkAnswer
	n := 0
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		out.Results, n = []bulkResult{}, 0
		seen := map[ident]bool{}
		for _, id := range ids {
			if seen[id] {
				continue
			}
			seen[id] = true
			r, err := change(tx, int64(id))
			switch {
			case tpe.CodeOf(err) == tpe.NotFound:
				r = bulkResult{Status: "not_found"}
			case err != nil:
				return err
			default:
				n++
			}
			r.ID = int64(id)
			out.Results = append(out.Results, r)
		}
		return nil
	})
	out.Success, out.Message = true, fmt.Sprintf("Bulk %s completed for %d %s", what, len(out.Results), kind)
	return out, n, err
}

// contractorChanges are what can be changed of many contractors at once.
type contractorChanges struct {
	CurrentStage       string  `json:"current_stage,omitempty" enum:"verification,focus_selection,profiling,tech_stack,matching,completed"`
	VerificationStatus string  `json:"verification_status,omitempty" enum:"pending,verified"`
	AnnualRevenue      *text   `json:"annual_revenue,omitempty"`
	TeamSize           *amount `json:"team_size,omitempty"`
	IncreasedTools     *yesNo  `json:"increased_tools,omitempty"`
	IncreasedPeople    *yesNo  `json:"increased_people,omitempty"`
	IncreasedActivity  *yesNo  `json:"increased_activity,omitempty"`
}

type bulkContractorsInput struct {
	Body struct {
		IDs     []ident           `json:"contractor_ids" minItems:"1" maxItems:"1000" nullable:"false"`
		Updates contractorChanges `json:"updates"`
	}
}

// updateContractors changes many contractors.
func (s *Server) updateContractors(ctx context.Context, in *bulkContractorsInput) (*bulkUpdateOutput, error) {
	u := &in.Body.Updates
	sets := setsOf(u)
	if u.CurrentStage != "" {
		sets.add("current_stage", u.CurrentStage)
	}
	if u.VerificationStatus != "" {
		sets.add("verification_status", u.VerificationStatus)
	}
	return s.bulkUpdate(ctx, in.Body.IDs, "update", "contractors", func(tx *sqldb.Tx, id int64) (bulkResult, error) {
		_, err := sqldb.UpdateContractor(ctx, tx, id, sets)
		return bulkResult{Status: "updated"}, err
	})
}

func (s *Server) bulkUpdate(ctx context.Context, ids []ident, what, kind string, change func(tx *sqldb.Tx, id int64) (bulkResult, error)) (*bulkUpdateOutput, error) {
	body, n, err := s.inBulk(ctx, ids, what, kind, change)
	if err != nil {
		return nil, err
	}
	out := &bulkUpdateOutput{}
	out.Body.BulkAnswer, out.Body.Updated = body, n
	return out, nil
}

type bulkContractorIDs struct {
	Body struct {
		IDs []ident `json:"contractor_ids" minItems:"1" maxItems:"1000" nullable:"false"`
	}
}

// deleteContractors removes many contractors with what belongs to them.
func (s *Server) deleteContractors(ctx context.Context, in *bulkContractorIDs) (*bulkDeleteOutput, error) {
	body, n, err := s.inBulk(ctx, in.Body.IDs, "delete", "contractors", func(tx *sqldb.Tx, id int64) (bulkResult, error) {
		return bulkResult{Status: "deleted"}, sqldb.DeleteContractor(ctx, tx, id)
	})
	if err != nil {
		return nil, err
	}
	out := &bulkDeleteOutput{}
	out.Body.BulkAnswer, out.Body.Deleted = body, n
	return out, nil
}

// partnerChanges are what can be changed of many partners at once.
type partnerChanges struct {
	IsActive     *yesNo `json:"is_active,omitempty"`
	Score        *score `json:"power_confidence_score,omitempty"`
	PricingModel *text  `json:"pricing_model,omitempty"`
	Description  *text  `json:"description,omitempty"`
	ContactEmail *email `json:"contact_email,omitempty"`
	ContactPhone *text  `json:"contact_phone,omitempty"`
}

type bulkPartnersInput struct {
	Body struct {
		IDs     []ident        `json:"partner_ids" minItems:"1" maxItems:"1000" nullable:"false"`
		Updates partnerChanges `json:"updates"`
	}
}

// updatePartners changes many partners.
func (s *Server) updatePartners(ctx context.Context, in *bulkPartnersInput) (*bulkUpdateOutput, error) {
	sets := setsOf(&in.Body.Updates)
	return s.bulkUpdate(ctx, in.Body.IDs, "update", "partners", func(tx *sqldb.Tx, id int64) (bulkResult, error) {
		_, err := sqldb.UpdatePartner(ctx, tx, id, sets)
		return bulkResult{Status: "updated"}, err
	})
}

type bulkPartnerIDs struct {
	Body struct {
		IDs []ident `json:"partner_ids" minItems:"1" maxItems:"1000" nullable:"false"`
	}
}

// togglePartners makes active partners inactive, and the other way round.
func (s *Server) togglePartners(ctx context.Context, in *bulkPartnerIDs) (*bulkUpdateOutput, error) {
	return s.bulkUpdate(ctx, in.Body.IDs, "status toggle", "partners", func(tx *sqldb.Tx, id int64) (bulkResult, error) {
		active, err := sqldb.TogglePartner(ctx, tx, id)
		r := bulkResult{Status: "updated", NewStatus: "inactive"}
		if active.Bool {
			r.NewStatus = "active"
		}
		return r, err
	})
}

// The columns of exports that people read.
var (
	contractorColumns = []string{"id", "name", "email", "company_name", "phone", "service_area", "annual_revenue", "team_size", "current_stage", "verification_status", "focus_areas", "created_at"}
	partnerColumns    = []string{"id", "company_name", "description", "contact_email", "website", "power_confidence_score", "is_active", "focus_areas_served", "target_revenue_range", "pricing_model", "created_at"}
)

// BulkExport is the part of a request that both exports share: embed it.
type BulkExport struct {
	Format string   `json:"format,omitempty" enum:"csv,json" default:"csv"`
	Fields []string `json:"fields,omitempty" maxItems:"100" nullable:"false" doc:"columns to write, in this order; names that are no column are left out"`
}

func (b *BulkExport) download(kind string, columns, parsed []string, now time.Time) download {
	d := download{filename: kind + "_export_" + now.UTC().Format(time.DateOnly) + ".csv", stamped: true,
		table: table{asCSV: b.Format == "csv", titles: true, columns: b.Fields, parsed: parsed}}
	if len(b.Fields) == 0 {
		d.table.columns = nil
		if d.table.asCSV {
			d.table.columns = columns
		}
	}
	return d
}

// contractorChoice chooses contractors for an export.
type contractorChoice struct {
	Stage        string `json:"stage,omitempty" maxLength:"100"`
	Verification string `json:"verification_status,omitempty" maxLength:"100"`
}

type bulkContractorExport struct {
	Body struct {
		BulkExport
		IDs     []ident          `json:"contractor_ids,omitempty" maxItems:"1000" nullable:"false" doc:"all when empty"`
		Filters contractorChoice `json:"search_filters,omitempty"`
	}
}

func (s *Server) exportChosenContractors(ctx context.Context, in *bulkContractorExport) (*huma.StreamResponse, error) {
	b := &in.Body
	f := sqldb.ExportFilter{IDs: numbers(b.IDs), Word: b.Filters.Stage, Status: b.Filters.Verification}
	d := b.download("contractors", contractorColumns, []string{"focus_areas", "services_offered"}, s.opts.Now())
	return s.exported(ctx, d, rowsOf(s, f, sqldb.EachContractor)), nil
}

// partnerChoice chooses partners for an export.
type partnerChoice struct {
	IsActive *yesNo `json:"is_active,omitempty"`
}

type bulkPartnerExport struct {
	Body struct {
		BulkExport
		IDs     []ident       `json:"partner_ids,omitempty" maxItems:"1000" nullable:"false" doc:"all when empty"`
		Filters partnerChoice `json:"search_filters,omitempty"`
	}
}

func (s *Server) exportChosenPartners(ctx context.Context, in *bulkPartnerExport) (*huma.StreamResponse, error) {
	b := &in.Body
	f := sqldb.ExportFilter{IDs: numbers(b.IDs), Active: (*bool)(b.Filters.IsActive)}
	d := b.download("partners", partnerColumns, []string{"focus_areas_served", "target_revenue_range"}, s.opts.Now())
	return s.exported(ctx, d, rowsOf(s, f, sqldb.EachPartner)), nil
}

func numbers(ids []ident) []int64 {
	list := make([]int64, len(ids))
	for i, id := range ids {
		list[i] = int64(id)
	}
	return list
}
