package cli

import (
	"context"
	"errors"
	"strconv"

	"github.com/power100/tpe/internal/consistency"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// partnersOf returns what is said about the partners that are asked for, and
// the last stored report of each that has one, by partner. They come from the
// file, or else from the database.
func partnersOf(ctx context.Context, env Env, g *globals, o consistencyOptions) ([]consistency.Partner, map[string]*sqldb.AnalysisReport, error) {
	if o.file != "" {
		partners, err := readPartners(env, o.file)
		return partners, nil, err
	}
	if o.identify {
		return nil, nil, &tpe.Error{Code: tpe.Misuse, Message: "--identify needs --file", Hint: `in the database it is recorded who asked: POST /api/partners/ID/consistency {"identify":true}`}
	}
	conf, err := readConfig(ctx, env, g, false)
	if err != nil {
		return nil, nil, err
	}
	if err := absent(conf.DatabaseURL); err != nil {
		return nil, nil, &tpe.Error{Code: tpe.NotFound, Message: "open database", Err: err, Hint: "DATABASE_URL names the database; --file reads the texts from a file"}
	}
	db, err := sqldb.Open(ctx, conf.DatabaseURL.Source())
	if err != nil {
		return nil, nil, err
	}
	partners, last, err := storedPartners(ctx, db, o)
	return partners, last, errors.Join(err, db.Close())
}

func storedPartners(ctx context.Context, db *sqldb.DB, o consistencyOptions) ([]consistency.Partner, map[string]*sqldb.AnalysisReport, error) {
	var ids []int64
	var err error
	if o.all {
		ids, err = sqldb.PartnerIDs(ctx, db)
	} else {
		var id int64
		if id, err = strconv.ParseInt(o.partner, 10, 64); err != nil {
			return nil, nil, tpe.Errorf(tpe.Misuse, "--partner %s is not the number of a partner", quote(o.partner))
		}
		ids = []int64{id}
	}
	if err != nil {
		return nil, nil, err
	}
	var partners []consistency.Partner
	last := map[string]*sqldb.AnalysisReport{}
	for _, id := range ids {
		p, err := sqldb.StakeholderTexts(ctx, db, id)
		if err != nil {
			return nil, nil, err
		}
		partners = append(partners, p)
		row, found, err := sqldb.LastAnalysis(ctx, db, id)
		if err != nil {
			return nil, nil, err
		}
		if found {
			last[p.ID] = &row
		}
	}
	return partners, last, nil
}

// drift is what has changed since the last stored report of a partner.
type drift struct {
	Since string `json:"since"`
	consistency.Drift
}

// driftOf returns what has changed and since when, nil when there is no
// earlier report that can be read.
func driftOf(r *consistency.Report, last *sqldb.AnalysisReport) (*consistency.Drift, string) {
	if last == nil {
		return nil, ""
	}
	before, ok := last.Report()
	if !ok {
		return nil, ""
	}
	d := r.Since(before)
	return &d, sqldb.Stamp(last.CreatedAt.Time)
}
