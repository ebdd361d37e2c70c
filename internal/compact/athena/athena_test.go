package athena

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/bucket/buckettest"
	"github.com/power100/tpe/internal/compact"
	"github.com/power100/tpe/internal/compact/athena/athenatest"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

func TestMain(m *testing.M) {
	buckettest.Main()
	os.Exit(m.Run())
}

// lines are records that fit the columns in every way, and in none.
func lines() []string {
	out := []string{
		`{"interaction_id":"i1","timestamp":"2026-11-23T09:00:00.123Z","interaction_type":"ai_concierge","user_id":"u","ai_conversation":{"messages":[{"role":"user","content":"héllo\n\"q\" \\ 😀","timestamp":"2026-11-23T09:00:01.000Z","tokens":7,"mood":"good","model":null},{"role":"assistant","content":"","tokens":1.5},{}],"total_tokens":42,"cost":0.0021},"strange":[1,{"a":null}]}`,
		`{"interaction_id":"i2","timestamp":"2026-11-23T10:00:00.000Z","interaction_type":"api_call","user_id":7,"api_call":{"method":"GET","response_status":404,"response_time_ms":1.25,"query_params":{"q":"x"},"request_body":{"a":[1,2,1e3,-0.5]},"aborted":false},"experiments":{"k":"v","l":"w"}}`,
		`{"interaction_id":"i3","timestamp":"not a time","interaction_type":"deal_closed","outcomes":{"partner_matched":true,"deal_value":12500.50,"match_reasons":["a","b"]},"experiments":{},"metadata":{"location":{"state":"TX","zip":1},"ip_address":"::1"}}`,
		`{"interaction_id":"i4","interaction_type":"deal_closed","outcomes":{"partner_matched":"yes","deal_value":"$1","match_reasons":[]},"api_call":{},"feedback":null,"ai_conversation":{"messages":[]}}`,
		`{"interaction_id":"i5","timestamp":"2026-11-23T10:00:00Z","interaction_type":"feedback","feedback":{"rating":4.5,"comment":""},"outcomes":{"match_reasons":["a",1]},"experiments":{"k":1},"ai_conversation":{"messages":["x"],"total_tokens":9223372036854775808}}`,
		`{"interaction_id":"i6","timestamp":"2026-02-30T10:00:00.000Z","interaction_type":"api_call","api_call":{"request_body":null,"query_params":null,"method":null,"a\"b\\c":1,"upstream":null},"partner_id":null,"":{"x":[]},"metadata":{"location":null,"schema_version":{"a":{}}}}`,
		`{"interaction_id":"i7","timestamp":"2026-11-23T10:00:00.000Z","interaction_type":"feedback","feedback":{"rating":1234567890.1234567},"outcomes":{"deal_value":123456789012345678,"satisfaction_score":-0.5e-7}}`,
		`{}`, "",
	}
	for i := range 600 {
		out = append(out, fmt.Sprintf(`{"interaction_id":"%08d-aaaa","timestamp":"2026-11-23T%02d:00:%02d.%03dZ","interaction_type":"api_call","user_id":"u%d","api_call":{"method":"GET","path":"/p/%d","response_status":%d,"response_time_ms":%d.%02d},"metadata":{"ip_address":"10.0.0.%d"}}`,
			i*7919%3000, i%24, i%60, i%1000, i%50, i%9, 200+i%5, i%300, i%100, i%250))
	}
	return out
}

const folder = "raw/year=2026/month=11/day=23/"

// Which parts of this are real and which are not, package athenatest says.
func TestAthena(t *testing.T) {
	s3 := buckettest.Start(t, buckettest.Options{})
	at := athenatest.Start(t, s3)
	for name, test := range map[string]func(*testing.T, *place){"it's compacted": compacts, "failures": failures, "interrupted": interrupted} {
		t.Run(name, func(t *testing.T) {
			at.Set(func() { at.Fail, at.Hold, at.Throttle, at.Lose = nil, nil, 0, 0 })
			test(t, &place{t, s3, at, s3.Open(func(o *bucket.Options) { o.Prefix = name }), name, len(at.Queries(""))})
		})
	}
}

// place is a lake in a bucket.
type place struct {
	t      *testing.T
	s3     *buckettest.Server
	at     *athenatest.Server
	b      *bucket.Bucket
	prefix string
	before int // queries
}

// queries is how many queries were started.
func (p *place) queries() int { return len(p.at.Queries("")) - p.before }

// segment puts a sealed segment of the day into the bucket.
func (p *place) segment(name string, lines ...string) {
	p.t.Helper()
	data := []byte(strings.Join(lines, "\n") + "\n")
	if strings.HasSuffix(name, ".zst") {
		z, err := zstd.NewWriter(nil)
		if err != nil {
			p.t.Fatal(err)
		}
		data = z.EncodeAll(data, nil)
	}
	p.put(folder+name, data)
}

func (p *place) put(key string, data []byte) {
	p.t.Helper()
	if _, _, err := p.b.Put(p.t.Context(), key, data, bucket.Condition{}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) engine(change ...func(*Options)) *Engine {
	p.t.Helper()
	o := Options{Database: athenatest.Database, Workgroup: "primary", Region: "us-east-1", Endpoint: p.at.URL,
		AccessKeyID: buckettest.AccessKeyID, SecretAccessKey: buckettest.SecretAccessKey, MaxBackoff: 5 * time.Millisecond}
	for _, f := range change {
		f(&o)
	}
	e, err := New(p.t.Context(), o)
	if err != nil {
		p.t.Fatal(err)
	}
	return e
}

// lake returns a copy of what the bucket holds, on the disk.
func (p *place) lake() *lake.Lake {
	p.t.Helper()
	dir := p.t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(p.s3.Path(p.prefix))); err != nil {
		p.t.Fatal(err)
	}
	l, err := lake.Open(context.Background(), lake.Options{Dir: dir})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = l.Close() })
	return l
}

// clean fails when something is left that does not belong to the lake.
func (p *place) clean() {
	p.t.Helper()
	for key := range p.s3.Objects() {
		if strings.Contains(key, "engine.tmp/") {
			p.t.Errorf("left in the bucket: %s", key)
		}
	}
	if tables := p.at.Tables(); len(tables) > 0 {
		p.t.Errorf("left at Athena: %v", tables)
	}
}

// The SQL for Athena makes the same rows as compaction itself, from packed
// segments and others, in files that do not follow on each other; verify reads
// them. Requests that are turned away, and answers that are lost, change
// nothing: no query runs twice.
func compacts(t *testing.T, p *place) {
	all := lines()
	p.segment("20261123T000000Z-0123abcd-000001.ndjson", all[:300]...)
	p.segment("20261123T000000Z-0123abcd-000002.ndjson.zst", all[200:]...) // some come twice
	p.put(folder+"20261123T000000Z-0123abcd-000003.ndjson.open", []byte("{"))
	plan, err := compact.RunBucket(t.Context(), p.b, compact.Options{Engine: p.engine(), DryRun: true})
	if err != nil || len(plan.Statements) != 3 || p.queries() > 0 {
		t.Fatalf("%+v %v", plan.Days, err)
	}
	for i, part := range []string{"CREATE EXTERNAL TABLE", "TO 's3://lake/it''s compacted/engine.tmp/", "DROP TABLE"} {
		if !strings.Contains(plan.Statements[i], part) {
			t.Errorf("no %s in %s", part, plan.Statements[i])
		}
	}
	if n := len(plan.Statements[1]); n > 262144 {
		t.Errorf("the query has %d bytes, more than Athena takes", n)
	}
	p.at.Set(func() { p.at.Throttle, p.at.Lose = 2, 1 })
	r, err := compact.RunBucket(t.Context(), p.b, compact.Options{Engine: p.engine()})
	if err != nil {
		t.Fatal(err)
	}
	if n := p.queries(); n != 3 {
		t.Errorf("%d queries, not one for each statement", n)
	}
	p.clean()
	l := p.lake()
	if v, err := compact.Verify(t.Context(), l, compact.Options{}); err != nil || v.Proven != 1 {
		t.Errorf("%+v %v", v, err)
	}
	if err := os.RemoveAll(filepath.Join(l.Dir(), "parquet")); err != nil {
		t.Fatal(err)
	}
	own, err := compact.Run(t.Context(), l, compact.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Written != 1 || r.Duplicates != 100 || len(r.Days[0].Files) != 2 || r.Days[0].Proof != own.Days[0].Proof || r.Rows != own.Rows {
		t.Errorf("%+v\n%+v", r.Days, own.Days)
	}
	if again, err := compact.RunBucket(t.Context(), p.b, compact.Options{Engine: p.engine()}); err != nil || again.Unchanged != 1 || p.queries() != 3 {
		t.Errorf("%+v %v", again.Days, err)
	}
}

// Whatever goes wrong: what was in force stays, nothing is left behind, and
// the error says what to do, but nothing of the records.
func failures(t *testing.T, p *place) {
	p.segment("20261123T000000Z-0123abcd-000001.ndjson", `{"interaction_id":"a","timestamp":"2026-11-23T09:00:00.000Z","interaction_type":"t"}`)
	if _, err := compact.RunBucket(t.Context(), p.b, compact.Options{}); err != nil {
		t.Fatal(err)
	}
	p.segment("20261123T000000Z-0123abcd-000002.ndjson", `{"interaction_id":"b","timestamp":"2026-11-23T10:00:00.000Z","interaction_type":"t"}`)
	before := p.s3.Objects()
	fail := func(word, reason string) func() {
		return func() {
			p.at.Fail = func(sql string) string {
				if strings.HasPrefix(sql, word) {
					return reason
				}
				return ""
			}
		}
	}
	for name, c := range map[string]struct {
		change     func(*Options)
		set        func()
		code       tpe.Code
		said, hint string
	}{
		"a reason":          {set: fail("UNLOAD", "HIVE_CANNOT_OPEN_SPLIT: Error opening s3://lake/x"), code: tpe.Unavailable, said: "failed: HIVE_CANNOT_OPEN_SPLIT: Error opening s3://lake/x", hint: "nothing was replaced"},
		"a record":          {set: fail("UNLOAD", `INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: '{"email":"ann@example.com"'`), code: tpe.Unavailable, said: "failed: INVALID_FUNCTION_ARGUMENT", hint: "--dry-run"},
		"a denied bucket":   {set: fail("UNLOAD", "Access Denied (Service: Amazon S3; Status Code: 403)"), code: tpe.Forbidden, said: "Access Denied", hint: "write engine.tmp/"},
		"no table":          {set: fail("CREATE", "FAILED: Execution Error: Insufficient Lake Formation permission(s): ann@example.com"), code: tpe.Forbidden, said: "make the table over the segments", hint: "Lake Formation"},
		"no way back":       {set: fail("DROP", "PERMISSION_DENIED: not authorized to drop"), code: tpe.Forbidden, said: "remove the table", hint: "make tables in the database"},
		"no database":       {change: func(o *Options) { o.Database = "no_such" }, code: tpe.Misuse, said: "Database does not exist: no_such", hint: "ATHENA_DATABASE"},
		"wrong keys":        {change: func(o *Options) { o.AccessKeyID = "wrong" }, code: tpe.Unauthorized, said: "UnrecognizedClientException", hint: "AWS_ACCESS_KEY_ID"},
		"no workgroup":      {change: func(o *Options) { o.Workgroup = "no_such" }, code: tpe.Misuse, said: "WorkGroup no_such is not found", hint: "ATHENA_WORKGROUP"},
		"another's output":  {change: func(o *Options) { o.Output = "s3://other/x" }, code: tpe.Forbidden, said: "output bucket", hint: "ATHENA_OUTPUT_LOCATION"},
		"no server":         {change: func(o *Options) { o.Endpoint, o.Attempts = "http://127.0.0.1:1", 2 }, code: tpe.Unavailable, said: "connection refused", hint: "AWS_ENDPOINT_URL_ATHENA"},
		"too many requests": {set: func() { p.at.Throttle = 1000 }, change: func(o *Options) { o.Attempts = 3 }, code: tpe.TooMany, said: "TooManyRequestsException", hint: "run it again later"},
	} {
		p.at.Set(func() { p.at.Fail, p.at.Throttle = nil, 0 })
		if c.set != nil {
			p.at.Set(c.set)
		}
		if c.change == nil {
			c.change = func(*Options) {}
		}
		r, err := compact.RunBucket(t.Context(), p.b, compact.Options{Engine: p.engine(c.change)})
		text, hint := fmt.Sprint(err), tpe.HintOf(err)
		if tpe.CodeOf(err) != c.code || r.Failed != 1 || !strings.Contains(text, c.said) || !strings.Contains(hint, c.hint) || strings.Contains(text, "ann@") {
			t.Errorf("%s: %s: %v (hint: %s), %+v", name, tpe.CodeOf(err), err, hint, r.Days)
		}
		if got := p.s3.Objects(); fmt.Sprint(got) != fmt.Sprint(before) {
			t.Errorf("%s: %v, not %v", name, got, before)
		}
		if name == "no way back" {
			p.at.Set(func() { p.at.Fail = nil })
			for _, table := range p.at.Tables() {
				if err := p.engine().Forget(t.Context(), []compact.EngineDay{{Name: table, Other: p.b.String() + "/other/"}}); err != nil {
					t.Error(err)
				}
			}
		}
		p.clean()
	}
	p.at.Set(func() { p.at.Fail, p.at.Throttle = nil, 0 })
	if r, err := compact.RunBucket(t.Context(), p.b, compact.Options{Engine: p.engine()}); err != nil || r.Written != 1 || r.Rows != 2 {
		t.Errorf("%+v %v", r.Days, err)
	}
	p.clean()
}

// Who gives up stops the query that runs, and leaves nothing behind.
func interrupted(t *testing.T, p *place) {
	p.segment("20261123T000000Z-0123abcd-000001.ndjson", `{"interaction_id":"a","timestamp":"2026-11-23T09:00:00.000Z","interaction_type":"t"}`)
	p.at.Set(func() { p.at.Hold = func(sql string) bool { return strings.HasPrefix(sql, "UNLOAD") } })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-p.at.Held; cancel() }()
	r, err := compact.RunBucket(ctx, p.b, compact.Options{Engine: p.engine()})
	if tpe.CodeOf(err) != tpe.Interrupted || len(r.Days) != 0 {
		t.Errorf("%+v %v", r.Days, err)
	}
	if states := p.at.Queries("UNLOAD"); !slices.Contains(states, "CANCELLED") || slices.Contains(states, "RUNNING") {
		t.Error(states)
	}
	p.clean()
	p.at.Set(func() { p.at.Hold = nil })
	if r, err := compact.RunBucket(t.Context(), p.b, compact.Options{Engine: p.engine()}); err != nil || r.Written != 1 {
		t.Errorf("%+v %v", r.Days, err)
	}
	p.clean()
}
