package api

import (
	"context"
	"time"

	"github.com/power100/tpe/internal/match"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// demoAfter is how long after the end of the flow the demo is booked for.
const demoAfter = 48 * time.Hour

type completeInput struct {
	IDPath
	Body *struct {
		SelectedPartnerID *maybeID `json:"selected_partner_id,omitempty"`
	}
}

// complete ends a contractor's flow, and books a demo with the partner that
// was selected. Asked again, as by a second click, it books no second one
// while the first is still to come.
func (s *Server) complete(ctx context.Context, in *completeInput) (*done, error) {
	var partner int64
	if in.Body != nil && in.Body.SelectedPartnerID != nil {
		partner = int64(*in.Body.SelectedPartnerID)
	}
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		row, err := sqldb.ContractorByID(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		awaited := false
		if partner != 0 {
			if awaited, err = sqldb.Awaited(ctx, tx, in.ID, partner, s.opts.Now()); err != nil {
				return err
			}
		}
		if partner != 0 && !awaited {
			if _, err := s.book(ctx, tx, booking{Contractor: in.ID, Partner: partner, At: s.opts.Now().Add(demoAfter), Kind: "initial_demo", Source: "contractor_flow"}); err != nil {
				return err
			}
		}
		first, err := sqldb.CompleteContractor(ctx, tx, in.ID)
		if err != nil || !first {
			return err
		}
		_, err = s.happened(ctx, tx, flowOutcome(row, partner, s.opts.Now()))
		return err
	})
	if err != nil {
		return nil, err
	}
	return said("Contractor flow completed successfully"), nil
}

// flowOutcome says how far a contractor came, as the row shows it.
func flowOutcome(row sqldb.Contractor, partner int64, now time.Time) outcome {
	steps := []string{}
	for _, step := range []struct {
		name string
		done bool
	}{
		{"verification", row.VerificationStatus.String == "verified"}, {"focus_selection", len(match.Keys(row.FocusAreas.String)) > 0},
		{"profiling", row.AnnualRevenue.String != ""}, {"tech_stack", len(contractorFor(row).Tools) > 0}, {"matching", partner != 0},
	} {
		if step.done {
			steps = append(steps, step.name)
		}
	}
	outcomes := object{"flow_completed": true, "steps_completed": steps, "contractor_id": idText(row.ID)}
	if row.CreatedAt.Valid && !now.Before(row.CreatedAt.Time) {
		outcomes["completion_time_seconds"] = int64(now.Sub(row.CreatedAt.Time) / time.Second)
	}
	fields := object{"outcomes": outcomes}
	if partner != 0 {
		fields["partner_id"] = idText(partner)
	}
	return outcome{Type: tpe.TypeFlowCompletion, UserID: idText(row.ID), UserType: tpe.UserContractor, Fields: fields}
}
