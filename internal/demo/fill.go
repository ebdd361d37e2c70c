package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// Fill writes the sample data into a lake and a database. The error is of the
// code Conflict when either holds something already.
func Fill(ctx context.Context, l *lake.Lake, w *lake.Writer, gate *redact.Gate, db *sqldb.DB, now time.Time) (records int, err error) {
	days, err := l.Days(ctx)
	if err != nil {
		return 0, err
	}
	empty, err := db.Empty(ctx)
	if err != nil {
		return 0, err
	}
	if len(days) > 0 || !empty {
		return 0, &tpe.Error{Code: tpe.Conflict, Message: "the lake or the database is not empty", Hint: "--demo fills new ones only: choose other places by --lake and DATABASE_URL"}
	}
	if err := db.Seed(ctx, samplePartners(), sampleContractors(now)); err != nil {
		return 0, err
	}
	for _, rec := range Records(now) {
		var t tape.Tape
		if err := t.Parse(rec); err != nil {
			return records, fmt.Errorf("make sample record: %w", err)
		}
		clean, _ := gate.Record(&t)
		if _, err := w.Append(ctx, lake.Buffered, clean); err != nil {
			return records, err
		}
		records++
	}
	return records, w.Sync(ctx)
}

func samplePartners() []sqldb.SamplePartner {
	var rows []sqldb.SamplePartner
	for _, p := range Partners() {
		rows = append(rows, sqldb.SamplePartner{
			ID: p.ID, CompanyName: p.CompanyName, Description: p.Description, Website: p.Website, Email: p.ContactEmail,
			FocusAreas: p.FocusAreas, RevenueRanges: p.RevenueRanges, Differentiators: []string{p.KeyDifferentiator}, ConfidenceScore: p.ConfidenceScore,
		})
	}
	return rows
}

func sampleContractors(now time.Time) []sqldb.SampleContractor {
	var rows []sqldb.SampleContractor
	for i, c := range Contractors() {
		best := matches(c)[0]
		row := sqldb.SampleContractor{
			ID: c.ID, Name: c.Name, Email: c.Email, Phone: c.Phone, Company: c.Company, Area: c.Area, Revenue: c.Revenue,
			FocusAreas: c.FocusAreas, TeamSize: c.TeamSize, PartnerID: best.ID, MatchScore: best.ConfidenceScore,
		}
		if i%4 != 3 { // those who reach the end of their visit in Records
			row.Booking = now.UTC().AddDate(0, 0, 1+i%5).Format(time.DateOnly) + " 14:30:00"
		}
		rows = append(rows, row)
	}
	return rows
}
