package api

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/consistency"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

type analysisInput struct {
	IDPath
	Body *struct {
		Identify bool `json:"identify,omitempty" doc:"quote employees by name, and below five respondents; it is recorded who asked"`
	}
}

// reportText is a report as JSON; `tpe analyze consistency --json` prints the
// same.
type reportText string

// MarshalJSON writes the report.
func (r reportText) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// Schema describes a report.
func (reportText) Schema(huma.Registry) *huma.Schema {
	s := anyObject()
	s.Description = "What tpe analyze consistency --json prints: score, interval, deductions (what each topic takes from 100), missing, collected, alignment, claims and discrepancies (each with why: the voices, the chance and its threshold, and the signs that weighed), recommendations, notes, inputs."
	return s
}

// analysisView is an analysis with its report, and with what has changed
// since the one before.
type analysisView struct {
	sqldb.Analysis
	Report reportText `json:"report"`
}

type analysisOutput struct {
	Body struct {
		Success  bool               `json:"success"`
		Analysis analysisView       `json:"analysis"`
		Drift    *consistency.Drift `json:"drift,omitempty" doc:"what has changed since the analysis before; absent for the first one"`
		Score    *scoreView         `json:"power_confidence,omitempty" doc:"absent when the evidence is insufficient"`
	}
}

// scoreView is what an analysis makes of a partner's PowerConfidence score.
type scoreView struct {
	Before *float64 `json:"previous_score"`
	Score  *float64 `json:"score"`
}

// analysed is what an analysis of texts comes to.
type analysed struct {
	stored *consistency.Report // names nobody
	shown  *consistency.Report // to whoever asks
}

func (s *Server) analysed(texts consistency.Partner, identify bool) (analysed, error) {
	catalogue, err := s.catalogue()
	if err != nil {
		return analysed{}, err
	}
	stored := consistency.New(catalogue, consistency.Options{}).Analyze(texts)
	if !identify {
		return analysed{stored, stored}, nil
	}
	return analysed{stored, consistency.New(catalogue, consistency.Options{Identify: true}).Analyze(texts)}, nil
}

// analyze compares what the people around a partner say, stores and records
// the result, and computes the PowerConfidence score anew, in which the newest
// analysis counts, see [confidence.Score]. To analyse the same texts again
// changes nothing. Only the answer identifies employees, never what is stored.
func (s *Server) analyze(ctx context.Context, in *analysisInput) (*analysisOutput, error) {
	identify := in.Body != nil && in.Body.Identify
	texts, err := sqldb.StakeholderTexts(ctx, s.opts.DB, in.ID)
	if err != nil {
		return nil, err
	}
	reports, err := s.analysed(texts, identify)
	if err != nil {
		return nil, err
	}
	out := &analysisOutput{}
	b := &out.Body
	b.Success = true
	err = s.tx(ctx, func(tx *sqldb.Tx) error {
		b.Drift, b.Score = nil, nil
		if err := sqldb.LockAnalyses(ctx, tx, in.ID); err != nil {
			return err
		}
		// Somebody may have been erased since the texts were read.
		now, err := sqldb.StakeholderTexts(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(now, texts) {
			texts = now
			if reports, err = s.analysed(texts, identify); err != nil {
				return err
			}
		}
		report := reports.stored
		before, found, err := sqldb.LastAnalysis(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		if earlier, ok := before.Report(); found && ok {
			drift := report.Since(earlier)
			b.Drift = &drift
		}
		interaction := ""
		if report.Score != nil || identify {
			id, err := s.happened(ctx, tx, analysisOutcome(in.ID, reports.shown))
			if err != nil {
				return err
			}
			interaction = id.String()
		}
		row, err := sqldb.StoreAnalysis(ctx, tx, in.ID, report, interaction)
		if err != nil {
			return err
		}
		shown, err := json.Marshal(reports.shown)
		if err != nil {
			return fmt.Errorf("write report: %w", err)
		}
		b.Analysis = analysisView{row.Analysis, reportText(shown)}
		if report.Score == nil {
			return nil
		}
		b.Score = &scoreView{}
		b.Score.Before, b.Score.Score, err = s.rescore(ctx, tx, in.ID, scoring{Method: "message_consistency", Points: len(report.Inputs), Notes: "after an analysis of what is said about the partner"})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// analysisOutcome is the record of an analysis. One without a score is
// recorded only when employees are identified in its answer.
func analysisOutcome(partner int64, r *consistency.Report) outcome {
	analysis := object{"status": sqldb.Insufficient}
	if r.Score != nil {
		analysis = object{"overall_consistency": share(*r.Score)}
	}
	names := map[consistency.Group]string{consistency.CEO: "ceo", consistency.Employees: "employee", consistency.Customers: "customer", consistency.Demos: "demo"}
	for _, al := range r.Alignment {
		if al.Value != nil {
			analysis[names[al.A]+"_"+names[al.B]+"_alignment"] = share(*al.Value)
		}
	}
	disputes, advice := []object{}, []string{}
	for _, d := range r.Discrepancies {
		disputes = append(disputes, object{"topic": d.Topic, "kind": d.Kind, "severity": d.Severity, "groups": d.Groups, "summary": d.Summary})
	}
	for _, rec := range r.Recommendations {
		advice = append(advice, rec.Text)
	}
	analysis["key_discrepancies"] = disputes
	return outcome{Type: tpe.TypeMessageConsistencyAnalysis, Fields: object{
		"partner_id": idText(partner), "analysis": analysis,
		"metadata": object{"data_points_analyzed": len(r.Inputs), "analysis_version": r.Method, "recommendations": advice, "identified": r.Identified,
			"input_sha256": r.InputHash, "collected": r.Collected.Counted, "wanted": r.Collected.Wanted},
	}}
}

// share is a number of 100 with one digit as a share of 1.
func share(ofHundred float64) float64 { return math.Round(10*ofHundred) / 1000 }

// lastAnalysis answers with the newest analysis of a partner.
func (s *Server) lastAnalysis(ctx context.Context, in *IDPath) (*analysisOutput, error) {
	if _, err := sqldb.PartnerByID(ctx, s.opts.DB, in.ID); err != nil {
		return nil, err
	}
	row, found, err := sqldb.LastAnalysis(ctx, s.opts.DB, in.ID)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, &tpe.Error{Code: tpe.NotFound, Message: "The partner has not been analysed yet"}
	}
	before, found, err := sqldb.AnalysisBefore(ctx, s.opts.DB, in.ID, row.ID)
	if err != nil {
		return nil, err
	}
	out := &analysisOutput{}
	out.Body.Success, out.Body.Analysis = true, analysisView{row.Analysis, reportText(strings.TrimSpace(row.Data.String))}
	report, ok := row.Report()
	if earlier, readable := before.Report(); found && ok && readable {
		drift := report.Since(earlier)
		out.Body.Drift = &drift
	}
	return out, nil
}

type analysesOutput struct {
	Body struct {
		PageInfo
		Analyses []sqldb.Analysis `json:"analyses" nullable:"false"`
	}
}

// analyses lists the analyses of a partner.
func (s *Server) analyses(ctx context.Context, in *answersInput) (*analysesOutput, error) {
	if _, err := sqldb.PartnerByID(ctx, s.opts.DB, in.ID); err != nil {
		return nil, err
	}
	rows, err := sqldb.Analyses(ctx, s.opts.DB, in.ID, in.page())
	if err != nil {
		return nil, err
	}
	out := &analysesOutput{}
	out.Body.PageInfo, out.Body.Analyses = pageOf(rows), rows.Items
	return out, nil
}
