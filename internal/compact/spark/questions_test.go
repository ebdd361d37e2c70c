package spark

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/compact"
	"github.com/power100/tpe/internal/compact/ddl"
	"github.com/power100/tpe/internal/lake"
)

// job is what a peer is asked.
type job struct {
	Statements []string          `json:"statements"`
	Queries    map[string]string `json:"queries"`
	Folder     string            `json:"folder"`
	Want       reading           `json:"want"`
}

// reading is what the questions about reading look for.
type reading struct {
	ID      string `json:"id"`
	User    string `json:"user"`
	Comment string `json:"comment"`
	From    string `json:"from"`
	Until   string `json:"until"`

	folder string // of the lake
}

// parquet matches all files.
func (r reading) parquet() string {
	return filepath.ToSlash(r.folder) + "/parquet/**/*.parquet"
}

// answers is what it says.
type answers struct {
	Answers map[string][][]any `json:"answers"`
	Arrow   map[string]any     `json:"arrow"`
}

// missing skips the test, or fails it where everything must be there.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed: run make peers, set TPE_PEERS, and install Java 17", what)
	}
	t.Skipf("%s is not installed: make test installs it", what)
}

// peer returns the path of a file that make peers installs.
func peer(t *testing.T, what string, path ...string) string {
	t.Helper()
	peers := os.Getenv("TPE_PEERS")
	file := filepath.Join(append([]string{peers}, path...)...)
	if _, err := os.Stat(file); peers == "" || err != nil {
		missing(t, what)
	}
	return file
}

// ask runs a peer with a job.
func ask(t *testing.T, j job, command string, args ...string) answers {
	t.Helper()
	in, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), command, args...)
	cmd.Stdin = bytes.NewReader(in)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Env = append(os.Environ(), "TZ=America/New_York") // nothing may depend on it
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v: %s", command, err, errs.String())
	}
	var a answers
	if err := json.Unmarshal(out.Bytes(), &a); err != nil {
		t.Fatalf("%s: %v: %s", command, err, out.String())
	}
	return a
}

// writeLake writes records as sealed segments and compacts them.
func writeLake(t *testing.T, records []rec) *lake.Lake {
	t.Helper()
	l, err := lake.Open(context.Background(), lake.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	segments := map[string]*strings.Builder{}
	for _, r := range records {
		name := r.Time.Format("year=2006/month=01/day=02")
		if segments[name] == nil {
			segments[name] = &strings.Builder{}
		}
		segments[name].WriteString(r.line() + "\n")
	}
	for name, text := range segments {
		path := filepath.Join(l.Dir(), "raw", filepath.FromSlash(name), "20260101T000000Z-0123abcd-000001.ndjson")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := compact.Run(context.Background(), l, compact.Options{}); err != nil {
		t.Fatal(err)
	}
	return l
}

// questions are the queries, by name. Those of the views come with their
// order left open.
func questions(e ddl.Engine, w reading) map[string]string {
	ts := e.Name("timestamp")
	stamp := func(text string) string { return "TIMESTAMP " + e.Text(text) }
	tokens, keys, length := "aggregate(transform(ai_conversation.messages, m -> coalesce(m.tokens, 0L)), 0L, (a, b) -> a + b)", "size(map_keys(experiments))", "size"
	if e == ddl.DuckDB {
		stamp = func(text string) string { return "TIMESTAMPTZ " + e.Text(text+"+00") }
		tokens, keys, length = "list_sum([m.tokens for m in ai_conversation.messages])", "cardinality(experiments)", "len"
	}
	count := func(where string) string { return "SELECT count(*) FROM interactions WHERE " + where }
	sum := func(what string) string { return "SELECT sum(" + what + ") FROM interactions" }
	q := map[string]string{
		"rows":            "SELECT count(*) FROM interactions",
		"type":            count("interaction_type = 'deal_closed'"),
		"id":              count("interaction_id = " + e.Text(w.ID)),
		"user":            count("user_id = " + e.Text(w.User)),
		"comment":         count("feedback.comment = " + e.Text(w.Comment)),
		"from_until":      count(ts + " >= " + stamp(w.From) + " AND " + ts + " < " + stamp(w.Until)),
		"status_4xx":      count("api_call.response_status BETWEEN 400 AND 499"),
		"deal_range":      count("outcomes.deal_value > 1000.5 AND outcomes.deal_value <= 5000"),
		"no_conversation": count("ai_conversation IS NULL"),
		"no_deal_value":   count("outcomes.deal_value IS NULL"),
		"has_extra":       count("extra IS NOT NULL"),
		"matched":         count("outcomes.partner_matched"),
		"country":         count("metadata.location.country = 'US'"),
		"deal_value":      sum("outcomes.deal_value"),
		"tokens":          sum("ai_conversation.total_tokens"),
		"message_tokens":  sum(tokens),
		"messages":        sum(length + "(ai_conversation.messages)"),
		"empty_lists":     count(length + "(ai_conversation.messages) = 0"),
		"experiments":     sum(keys),
		"response_ms":     sum("api_call.response_time_ms"),
	}
	if e == ddl.Spark {
		q["files"] = "SELECT _metadata.file_name, count(*) FROM interactions GROUP BY 1"
	} else {
		q["files"] = "SELECT parse_filename(filename), count(*) FROM read_parquet(" + e.Text(w.parquet()) + ", filename = true) GROUP BY 1"
	}
	for _, view := range []string{"coach_daily", "conversion_funnel", "partner_performance", "api_traffic_daily"} {
		q[view] = "SELECT * FROM " + view
	}
	q["records"] = "SELECT utc_day, count(*) FROM records GROUP BY utc_day"
	return q
}

// sameRows compares rows in any order, numbers but for their last digits.
func sameRows(a, b [][]any) error {
	if len(a) != len(b) {
		return fmt.Errorf("%d rows and %d rows", len(a), len(b))
	}
	x, y := ordered(a), ordered(b)
	for i := range x {
		if len(x[i]) != len(y[i]) {
			return fmt.Errorf("%v and %v", x[i], y[i])
		}
		for j := range x[i] {
			if !sameValue(x[i][j], y[i][j]) {
				return fmt.Errorf("%v and %v", x[i], y[i])
			}
		}
	}
	return nil
}

func sameValue(a, b any) bool {
	x, okX := number(a)
	y, okY := number(b)
	if okX && okY {
		return math.Abs(x-y) <= 1e-9*max(1, math.Abs(x), math.Abs(y))
	}
	return a == b
}

// number reads a number; engines write large and decimal ones as texts.
func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case string:
		f, err := strconv.ParseFloat(v, 64)
		return f, err == nil
	}
	return 0, false
}

// ordered sorts rows by their columns that are texts, which tell them apart.
func ordered(rows [][]any) [][]any {
	key := func(row []any) string {
		var b strings.Builder
		for _, v := range row {
			if s, ok := v.(string); ok {
				if _, isNumber := number(v); !isNumber {
					b.WriteString(s)
				}
			}
			b.WriteByte(0)
		}
		return b.String()
	}
	out := slices.Clone(rows)
	slices.SortFunc(out, func(a, b []any) int { return strings.Compare(key(a), key(b)) })
	return out
}

// asked is what the engines are asked about one lake, and what they must say.
type asked struct {
	lake    *lake.Lake
	records []rec
	reading reading
	duckdb  job
	spark   []string // statements
}

// newAsked writes the lake and prepares the questions.
func newAsked(t *testing.T) *asked {
	records := generated(6000)
	l := writeLake(t, records)
	w := reading{ID: records[4321].ID, User: "17", Comment: testComment, From: "2026-10-31 20:00:00.000", Until: "2026-11-01 07:30:00.250", folder: l.Dir()}
	statements := func(e ddl.Engine, location string) (out []string) {
		script, err := ddl.Statements(ddl.Options{Engine: e, Location: location, FirstYear: 2025, LastYear: 2030})
		if err != nil {
			t.Fatal(err)
		}
		for _, st := range script.Statements {
			out = append(out, st.SQL)
		}
		return out
	}
	place := filepath.ToSlash(l.Dir())
	a := &asked{lake: l, records: records, reading: w,
		duckdb: job{Statements: statements(ddl.DuckDB, place), Queries: questions(ddl.DuckDB, w), Folder: filepath.Join(l.Dir(), "parquet"), Want: w}}
	// Spark knows the language of Hive, in which Athena's table is written: it
	// is parsed, and not made.
	a.spark = append(statements(ddl.Spark, place), "EXPLAIN "+statements(ddl.Athena, "s3://bucket/a prefix")[0])
	for name, sql := range questions(ddl.Spark, w) {
		a.spark = append(a.spark, "SELECT '"+answerMark+name+"'", sql)
	}
	return a
}

// answerMark begins the line before an answer in what spark-sql prints.
const answerMark = "answer of "

// sparkAnswers reads what spark-sql printed: rows with tabs between values.
func sparkAnswers(out string) map[string][][]any {
	answers, name := map[string][][]any{}, ""
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if n, ok := strings.CutPrefix(line, answerMark); ok {
			name = n
			continue
		}
		var row []any
		for text := range strings.SplitSeq(line, "\t") {
			if text == "NULL" {
				row = append(row, nil)
			} else {
				row = append(row, text)
			}
		}
		answers[name] = append(answers[name], row)
	}
	return answers
}

// The views say the same on DuckDB, on Spark, and counted in Go; and DuckDB,
// Spark and pyarrow read the same out of every file.
func (a *asked) agree(t *testing.T, printed string) {
	records, w, l := a.records, a.reading, a.lake
	got := map[string]map[string][][]any{
		"duckdb": ask(t, a.duckdb, "node", "testdata/duckdb.cjs").Answers,
		"spark":  sparkAnswers(printed),
	}

	want := map[string][][]any{
		"records": wantRecords(records), "coach_daily": wantCoach(records), "conversion_funnel": wantFunnel(records),
		"partner_performance": wantPartners(records), "api_traffic_daily": wantTraffic(records), "files": wantFiles(t, l),
	}
	if len(want["files"]) != 3 {
		t.Fatalf("%d files, not one a day", len(want["files"]))
	}
	single := wantReading(records, w)
	for name, v := range single {
		want[name] = [][]any{{v}}
		if v == 0.0 {
			t.Errorf("%s shows nothing: no record is like that", name)
		}
	}
	for name, rows := range want {
		if len(rows) == 0 {
			t.Errorf("%s shows nothing", name)
		}
		for engine, a := range got {
			if err := sameRows(a[name], rows); err != nil {
				t.Errorf("%s of %s: %v", name, engine, err)
			}
		}
	}
	arrow := ask(t, a.duckdb, peer(t, "pyarrow", "python", "bin", "python"), "testdata/arrow.py").Arrow
	for name, v := range single {
		if !sameValue(arrow[name], v) {
			t.Errorf("%s of pyarrow: %v, want %v", name, arrow[name], v)
		}
	}
	var files [][]any
	perFile, _ := arrow["files"].(map[string]any)
	for name, n := range perFile {
		files = append(files, []any{name, n})
	}
	if err := sameRows(files, want["files"]); err != nil {
		t.Errorf("files of pyarrow: %v", err)
	}
}

// wantFiles returns the Parquet files with their rows, as the manifests say.
func wantFiles(t *testing.T, l *lake.Lake) [][]any {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(l.Dir(), "parquet", "*", "*", "*", "_manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]any
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var m struct {
			Files []struct {
				Name string
				Rows float64
			}
		}
		if err := json.Unmarshal(b, &m); err != nil {
			t.Fatal(err)
		}
		for _, f := range m.Files {
			out = append(out, []any{f.Name, f.Rows})
		}
	}
	return out
}
