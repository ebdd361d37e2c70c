package api

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/compact"
	"github.com/power100/tpe/internal/finetune"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// exportCursor is a place in an export: after a record.
type exportCursor struct{ day, id string }

func (c exportCursor) String() string { return c.day + "/" + c.id }

// parseExportCursor reads DAY/ID; an empty text is the beginning.
func parseExportCursor(s string) (c exportCursor, start time.Time, err error) {
	if s == "" {
		return c, start, nil
	}
	day, id, found := strings.Cut(s, "/")
	if start, err = time.Parse(time.DateOnly, day); err != nil || !found || id == "" || len(id) > 200 {
		return c, start, misuse("query.cursor", "Cursor: the day and the id of the last record that came are expected, as 2026-11-23/ID")
	}
	return exportCursor{day, id}, start, nil
}

// maxChosen is the length in characters of the longest value that chooses
// records.
const maxChosen = 200

// exportFilter reads what chooses records. A choice that is there and empty
// does not mean all of them.
func exportFilter(q url.Values) (lake.Filter, error) {
	for _, name := range []string{"type", "user", "partner", "since", "until", "outcome"} {
		if q.Has(name) && q.Get(name) == "" {
			return lake.Filter{}, misuse("query."+name, field(name)+": a value is expected, or the parameter left out")
		}
		if len(q[name]) > 1 {
			return lake.Filter{}, misuse("query."+name, field(name)+": one value is expected")
		}
	}
	f := lake.Filter{Type: q.Get("type"), User: q.Get("user"), Partner: q.Get("partner")}
	for _, name := range []string{"type", "user", "partner"} {
		if utf8.RuneCountInString(q.Get(name)) > maxChosen {
			return f, misuse("query."+name, field(name)+": at most "+strconv.Itoa(maxChosen)+" characters")
		}
	}
	var err error
	if f.Since, err = queryTime(q, "since"); err != nil {
		return f, err
	}
	if f.Until, err = queryTime(q, "until"); err != nil {
		return f, err
	}
	if !f.Since.IsZero() && !f.Until.IsZero() && !f.Since.Before(f.Until) {
		return f, misuse("query.until", "Until: a time after since is expected")
	}
	return f, nil
}

// queryTime reads a day or a time.
func queryTime(q url.Values, name string) (time.Time, error) {
	text := q.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, nil
	}
	t, err := tpe.ParseTime(text)
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return t, misuse("query."+name, field(name)+": a day (2026-11-23) or a time (2026-11-23T09:00:00Z) is expected")
	}
	return t, nil
}

// exportInteractions answers GET /api/export/interactions.
func (s *Server) exportInteractions(v *visit, r *http.Request) error {
	if err := s.admit(v, r, admin); err != nil {
		return err
	}
	q := r.URL.Query()
	filter, err := exportFilter(q)
	if err != nil {
		return err
	}
	most := int64(0)
	if q.Has("limit") {
		if most, err = strconv.ParseInt(q.Get("limit"), 10, 64); err != nil || most < 1 || most > 1e9 {
			return misuse("query.limit", "Limit: a whole number from 1 is expected")
		}
	}
	after, start, err := parseExportCursor(q.Get("cursor"))
	if err != nil {
		return err
	}
	if filter.Since.Before(start) {
		filter.Since = start // the days before are done
	}
	e := &recordExport{s: s, after: after, most: most}
	h := v.Header()
	h.Set("Cache-Control", "no-store")
	switch format := q.Get("format"); format {
	case "", "ndjson":
		h.Set("Content-Type", "application/x-ndjson")
		err = e.write(v, func(w io.Writer) error { return compact.ExportLines(w, e.records(r.Context(), filter)) })
	case "csv":
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", `attachment; filename="interactions.csv"`)
		err = e.write(v, func(w io.Writer) error { return compact.ExportCSV(w, e.records(r.Context(), filter)) })
	case "parquet":
		h.Set("Content-Type", "application/vnd.apache.parquet")
		h.Set("Content-Disposition", `attachment; filename="interactions.parquet"`)
		err = e.write(v, func(w io.Writer) error { return compact.Export(r.Context(), w, e.records(r.Context(), filter)) })
	default:
		return misuse("query.format", "Format: ndjson, csv or parquet is expected")
	}
	return err
}

// recordExport is one export on its way.
type recordExport struct {
	s     *Server
	after exportCursor
	most  int64
	last  exportCursor
}

// write sends an export. The trailer Next-Cursor names the last record. An
// error after the head is out breaks the answer off, so that nobody takes a
// part for the whole.
func (e *recordExport) write(v *visit, f func(io.Writer) error) error {
	h := v.Header()
	h["Trailer"] = []string{"Next-Cursor"}
	err := f(v)
	if err == nil {
		if e.last.id != "" { // never in the head, whatever the size of the answer
			h[http.TrailerPrefix+"Next-Cursor"] = []string{e.last.String()}
		}
		return nil
	}
	if !v.sent {
		v.drop()
		return err
	}
	if v.err != nil || v.r.Context().Err() != nil {
		v.note("client closed")
	} else {
		v.note("export broken off")
		e.s.opts.Log.Error("an export broke off", "request_id", v.requestID, "error", err)
	}
	panic(http.ErrAbortHandler)
}

// records yields the records of the lake that a filter chooses, after the
// cursor and up to the limit. A damaged place ends it: what it held may be a
// withdrawal of consent, or what the reader came for.
func (e *recordExport) records(ctx context.Context, filter lake.Filter) iter.Seq2[*tape.Tape, error] {
	return func(yield func(*tape.Tape, error) bool) {
		skipping, found := e.after.id != "", false
		n := int64(0)
		for r, err := range e.s.opts.Lake.Records(ctx, filter) {
			if err != nil {
				yield(nil, err)
				return
			}
			here := exportCursor{r.Day.String(), recordID(r.Tape)}
			if skipping {
				if here.day == e.after.day && (!found || here.id == e.after.id) {
					found = found || here.id == e.after.id
					continue // also the others of the same id
				}
				if skipping = false; !found {
					break
				}
			}
			if e.most > 0 && n == e.most {
				return
			}
			n++
			e.last = here
			if !yield(r.Tape, nil) {
				return
			}
		}
		if e.after.id != "" && !found {
			yield(nil, &tpe.Error{Code: tpe.NotFound, Message: "The record that the cursor names is not there any more", Hint: "begin again, from its day on by since"})
		}
	}
}

func recordID(t *tape.Tape) string {
	n, ok := t.Find("interaction_id")
	if !ok || t.Kind(n) != tape.KindString {
		return ""
	}
	return t.Text(n)
}

// exportFinetune answers GET /api/export/finetune: one of the files that tpe
// export finetune writes.
func (s *Server) exportFinetune(v *visit, r *http.Request) error {
	if err := s.admit(v, r, admin); err != nil {
		return err
	}
	q := r.URL.Query()
	filter, err := exportFilter(q)
	if err != nil {
		return err
	}
	o := finetune.Options{Outcome: q.Get("outcome"), Seed: q.Get("seed"), Validation: .1, Gate: s.opts.Gate}
	if utf8.RuneCountInString(o.Seed) > maxChosen {
		return misuse("query.seed", "Seed: at most "+strconv.Itoa(maxChosen)+" characters")
	}
	if o.Outcome != "" && !slices.Contains(finetune.Outcomes(), o.Outcome) {
		return misuse("query.outcome", "Outcome: one of "+strings.Join(finetune.Outcomes(), ", ")+" is expected")
	}
	days := 30.0
	for name, n := range map[string]struct {
		to   *float64
		most float64
	}{"min_rating": {&o.MinRating, 10}, "validation": {&o.Validation, .5}, "within_days": {&days, 3650}} {
		if q.Has(name) {
			if *n.to, err = strconv.ParseFloat(q.Get(name), 64); err != nil || !(*n.to >= 0 && *n.to <= n.most) {
				return misuse("query."+name, field(name)+": a number from 0 to "+strconv.FormatFloat(n.most, 'f', -1, 64)+" is expected")
			}
		}
	}
	o.Within = time.Duration(days * 24 * float64(time.Hour))
	names, err := sqldb.ReadNames(r.Context(), s.opts.DB)
	if err != nil {
		return err
	}
	o.Names, o.Known = names.Of, names.Full
	var out finetune.Output
	switch q.Get("set") {
	case "", "train":
		out.Train = v
	case "validation":
		out.Validation = v
	case "refused":
		out.Refused = v
	case "lineage":
		out.Lineage = v
	default:
		return misuse("query.set", "Set: train, validation, refused or lineage is expected")
	}
	v.Header().Set("Content-Type", "application/jsonl")
	v.Header().Set("Cache-Control", "no-store")
	e := &recordExport{s: s}
	return e.write(v, func(io.Writer) error {
		if _, err := finetune.Write(r.Context(), e.records(r.Context(), filter), out, o); err != nil {
			return fmt.Errorf("export training data: %w", err)
		}
		e.last = exportCursor{} // there is no going on
		return nil
	})
}

func queryParam(name, doc string, schema *huma.Schema) *huma.Param {
	schema.Description = doc
	return &huma.Param{Name: name, In: "query", Description: doc, Schema: schema}
}

// chooseParams are the parameters of exportFilter.
func chooseParams() []*huma.Param {
	when := `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$`
	text := func() *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, MinLength: ptr(1), MaxLength: ptr(maxChosen)}
	}
	return []*huma.Param{
		queryParam("since", "From this day or time on.", &huma.Schema{Type: huma.TypeString, Pattern: when}), queryParam("until", "Before this day or time.", &huma.Schema{Type: huma.TypeString, Pattern: when}),
		queryParam("type", "interaction_type", text()), queryParam("user", "user_id", text()), queryParam("partner", "partner_id", text()),
	}
}

// exportInteractionsDoc describes GET /api/export/interactions.
func exportInteractionsDoc(op *huma.Operation) {
	op.Description = "The records, streamed, day by day. After a break it goes on: cursor is the day (of its timestamp) and the id of the last record that came. The trailer Next-Cursor tells it too; it comes after every answer that holds a record, and never in the head."
	op.Parameters = append(chooseParams(),
		queryParam("format", "The form.", &huma.Schema{Type: huma.TypeString, Enum: []any{"ndjson", "csv", "parquet"}}),
		queryParam("limit", "At most so many records.", &huma.Schema{Type: huma.TypeInteger, Minimum: ptr(1.0), Maximum: ptr(1e9)}),
		queryParam("cursor", "Where to go on: DAY/ID.", &huma.Schema{Type: huma.TypeString, Pattern: `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])/[!-~]{1,200}$`}))
	body := &huma.Schema{Type: huma.TypeString}
	op.Responses["200"] = &huma.Response{Description: "The records", Content: map[string]*huma.MediaType{"application/x-ndjson": {Schema: body}, "text/csv": {Schema: body}, "application/vnd.apache.parquet": {Schema: body}}}
}

// exportFinetuneDoc describes GET /api/export/finetune.
func exportFinetuneDoc(op *huma.Operation) {
	op.Description = "Conversations of people who agreed, as OpenAI chat JSONL: redacted, without twins, split by person. The same records give the same bytes. refused says why a conversation is left out, lineage where each line comes from."
	op.Parameters = append(chooseParams(),
		queryParam("set", "Which file.", &huma.Schema{Type: huma.TypeString, Enum: []any{"train", "validation", "refused", "lineage"}}),
		queryParam("outcome", "Only conversations that this came of.", &huma.Schema{Type: huma.TypeString, Enum: []any{"question_answered", "partner_matched", "demo_booked", "deal_closed"}}),
		queryParam("within_days", "How long after a conversation its outcome may come.", &huma.Schema{Type: huma.TypeNumber, Minimum: ptr(0.0), Maximum: ptr(3650.0)}),
		queryParam("min_rating", "Only conversations whose ratings are all at least this.", &huma.Schema{Type: huma.TypeNumber, Minimum: ptr(0.0), Maximum: ptr(10.0)}),
		queryParam("validation", "Share of people in the validation set.", &huma.Schema{Type: huma.TypeNumber, Minimum: ptr(0.0), Maximum: ptr(.5)}),
		queryParam("seed", "Changes who is in which set.", &huma.Schema{Type: huma.TypeString, MaxLength: ptr(maxChosen)}))
	op.Responses["200"] = &huma.Response{Description: "The file", Content: map[string]*huma.MediaType{"application/jsonl": {Schema: &huma.Schema{Type: huma.TypeString}}}}
}
