package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/sqldb"
)

// rowSource hands the rows of an export on, one after the other.
type rowSource func(ctx context.Context, add func(row any) error) error

// download is how an export is written.
type download struct {
	table    table
	filename string // of CSV
	stamped  bool   // JSON tells when it was made
}

// exported streams rows: memory does not grow with them.
func (s *Server) exported(ctx context.Context, d download, rows rowSource) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		c, v := hc.(*call), visitOf(ctx)
		if d.table.asCSV {
			hc.SetHeader("Content-Type", "text/csv; charset=utf-8")
			hc.SetHeader("Content-Disposition", `attachment; filename="`+d.filename+`"`)
		} else {
			hc.SetHeader("Content-Type", "application/json")
		}
		hc.SetStatus(http.StatusOK)
		d.table.w = hc.BodyWriter()
		err := d.write(ctx, rows, s.opts.Now())
		switch {
		case err == nil:
		case v.sent:
			s.opts.Log.Error("export broken off", "request_id", v.requestID, "route", v.route(), "error", err)
			panic(http.ErrAbortHandler) // so that nobody takes half of it for all
		default:
			v.drop()
			c.failure = err
		}
	}}
}

func (d *download) write(ctx context.Context, rows rowSource, now time.Time) error {
	t := &d.table
	if t.asCSV {
		return rows(ctx, t.add)
	}
	if _, err := t.w.Write([]byte(`{"success":true,"data":[`)); err != nil {
		return err
	}
	if err := rows(ctx, t.add); err != nil {
		return err
	}
	end := `],"count":` + strconv.Itoa(t.rows)
	if d.stamped {
		end += `,"exported_at":"` + now.UTC().Format(time.RFC3339) + `"`
	}
	_, err := t.w.Write([]byte(end + "}\n"))
	return err
}

// rowsOf adapts a query that hands rows on.
func rowsOf[T any](s *Server, f sqldb.ExportFilter, each func(context.Context, sqldb.Conn, sqldb.ExportFilter, func(T) error) error) rowSource {
	return func(ctx context.Context, add func(any) error) error {
		return each(ctx, s.opts.DB, f, func(row T) error { return add(row) })
	}
}

// exports describes the answer of an export.
func exports(op *huma.Operation) {
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	op.Responses["200"] = &huma.Response{Description: "The rows. CSV has a header with the names of the columns; every value is quoted.", Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Required: []string{"success", "count", "data"}, Properties: map[string]*huma.Schema{
			"success": {Type: huma.TypeBoolean}, "count": {Type: huma.TypeInteger}, "data": {Type: huma.TypeArray, Items: anyObject()}}}},
		"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}},
	}}
}

// ExportQuery is the part of a request that all exports share: embed it.
type ExportQuery struct {
	Format    string `query:"format" enum:"json,csv" default:"json"`
	StartDate string `query:"startDate" format:"date" doc:"YYYY-MM-DD: rows made on this day or later"`
	EndDate   string `query:"endDate" format:"date" doc:"YYYY-MM-DD: rows made on this day or earlier"`
}

// download says how the rows are written.
func (in *ExportQuery) download(filename string) download {
	return download{table: table{asCSV: in.Format == "csv"}, filename: filename}
}

// filter reads the dates, which the description of the request has checked.
func (in *ExportQuery) filter() (f sqldb.ExportFilter, err error) {
	for _, d := range []struct {
		name, text string
		into       *time.Time
		days       int
	}{{"startDate", in.StartDate, &f.Since, 0}, {"endDate", in.EndDate, &f.Till, 1}} {
		if d.text == "" {
			continue
		}
		t, err := time.Parse(time.DateOnly, d.text)
		if err != nil {
			return f, misuse("query."+d.name, fmt.Sprintf("%s is not a day as in 2025-08-16", d.name))
		}
		*d.into = t.AddDate(0, 0, d.days)
	}
	return f, nil
}

type contractorExportInput struct {
	ExportQuery
	Stage string `query:"stage" maxLength:"100"`
}

type partnerExportInput struct {
	ExportQuery
	Active string `query:"active" enum:"true,false"`
}

type bookingExportInput struct {
	ExportQuery
	Status string `query:"status" maxLength:"100"`
}

func (s *Server) exportContractors(ctx context.Context, in *contractorExportInput) (*huma.StreamResponse, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	f.Word = in.Stage
	return s.exported(ctx, in.download("contractors.csv"), rowsOf(s, f, sqldb.EachContractor)), nil
}

func (s *Server) exportPartners(ctx context.Context, in *partnerExportInput) (*huma.StreamResponse, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	if in.Active != "" {
		f.Active = ptr(in.Active == "true")
	}
	return s.exported(ctx, in.download("partners.csv"), rowsOf(s, f, sqldb.EachPartner)), nil
}

func (s *Server) exportBookings(ctx context.Context, in *bookingExportInput) (*huma.StreamResponse, error) {
	f, err := in.filter()
	if err != nil {
		return nil, err
	}
	f.Word = in.Status
	return s.exported(ctx, in.download("bookings.csv"), rowsOf(s, f, sqldb.EachBooking)), nil
}
