package api

import (
	"context"

	"github.com/power100/tpe/internal/sqldb"
)

type contractorsInput struct {
	Paging
	Stage  string `query:"stage" maxLength:"100" doc:"only contractors at this stage"`
	Search string `query:"search" maxLength:"100" doc:"part of the name, the company's name, the e-mail address or the phone number"`
}

type contractorsOutput struct {
	Body struct {
		PageInfo
		Contractors []sqldb.Contractor `json:"contractors"`
	}
}

// contractors lists contractors, the newest first.
func (s *Server) contractors(ctx context.Context, in *contractorsInput) (*contractorsOutput, error) {
	rows, err := sqldb.Contractors(ctx, s.opts.DB, sqldb.ContractorFilter{Stage: in.Stage, Search: in.Search}, in.page())
	if err != nil {
		return nil, err
	}
	out := &contractorsOutput{}
	out.Body.PageInfo, out.Body.Contractors = pageOf(rows), rows.Items
	return out, nil
}

// deleteContractor removes a contractor and what belongs to it.
func (s *Server) deleteContractor(ctx context.Context, in *IDPath) (*done, error) {
	if err := s.tx(ctx, func(tx *sqldb.Tx) error { return sqldb.DeleteContractor(ctx, tx, in.ID) }); err != nil {
		return nil, err
	}
	return said("Contractor deleted successfully"), nil
}
