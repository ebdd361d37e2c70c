package compact

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tpe"
)

// oldCall is a tracked call as the old service wrote it.
func oldCall(n int, stamp, path string, took int) string {
	return fmt.Sprintf(`{"interaction_id":"%08d-0000-4000-8000-000000000000","timestamp":%q,"environment":"development","app_version":"1.0.0","interaction_type":"api_call",`+
		`"method":"POST","path":%q,"user_id":7,"user_type":"unknown","request_body":{"password":"hidden","name":"Ann"},"query_params":{},"response_status":200,"response_time_ms":%d,`+
		`"ip_address":"::ffff:127.0.0.1","user_agent":"agent","metadata":{},"session_id":"%08d-0000-4000-8000-00000000000a"}`, n, stamp, path, took, n)
}

// find returns the record with an id out of the Parquet files.
func (l *testLake) find(id string) string {
	l.t.Helper()
	for t, err := range Records(context.Background(), l.Lake, lake.Filter{ID: id}) {
		if err != nil {
			l.t.Fatal(err)
		}
		return string(t.Src)
	}
	return ""
}

// The layout of the old service: a file for each record and a summary with
// all of them, in the folder of the server's local day.
func TestOldLake(t *testing.T) {
	l := newTestLake(t)
	records := []string{
		oldCall(1, "2026-11-23T22:00:00.000Z", "/a", 3),
		oldCall(2, "2026-11-23T22:00:00.001Z", "/a", 4), // the same call, logged again
		oldCall(3, "2026-11-24T02:00:00.000Z", "/b", 3), // still the 23rd in New York
		`{"interaction_id":"00000004-0000-4000-8000-000000000000","timestamp":"2026-11-23T21:00:00.000Z","environment":"development","app_version":"1.0.0","interaction_type":"ai_conversation","user_id":1,"user_type":"contractor","messages":[{"role":"user","content":"hi","timestamp":"2026-11-23T21:00:00.000Z","hasMedia":false}],"ai_metadata":{"model":"gpt-4","total_tokens":51}}`,
	}
	dir := folder(t, monday)
	for i, r := range records {
		l.put(fmt.Sprintf("%s/%d.json", dir, i), r)
	}
	l.put(dir+"/daily_summary.jsonl", strings.Join(records, "\n")+"\n")
	r := l.run(Options{})
	if len(r.Days) != 2 || r.Rows != 4 || r.Duplicates != 4 || r.Days[0].Rows != 3 || r.Days[1].Rows != 1 || r.Days[0].Upcast != 6 || r.Days[0].Redacted != 4 {
		t.Errorf("%+v", r)
	}
	if got := l.find("00000001-0000-4000-8000-000000000000"); strings.Contains(got, "hidden") || strings.Contains(got, "duplicate_of") || !strings.Contains(got, `"user_id":"7"`) || !strings.Contains(got, `"name":"Ann"`) {
		t.Error(got)
	}
	if got := l.find("00000002-0000-4000-8000-000000000000"); !strings.Contains(got, `"duplicate_of":"00000001-0000-4000-8000-000000000000"`) {
		t.Error(got)
	}
	if got := l.find("00000004-0000-4000-8000-000000000000"); !strings.Contains(got, `"interaction_type":"ai_concierge"`) || !strings.Contains(got, `"hasMedia":false`) {
		t.Error(got)
	}
	if v, err := Verify(context.Background(), l.Lake, Options{}); err != nil || v.Proven != 2 {
		t.Errorf("%+v, %v", v, err)
	}
	if again := l.run(Options{}); again.Unchanged != 2 {
		t.Errorf("%+v", again)
	}
	// A file that changes is read again, on each of its days.
	summary := filepath.Join(l.Dir(), "raw", filepath.FromSlash(dir), "daily_summary.jsonl")
	l.put(dir+"/daily_summary.jsonl", strings.Join(append(records, oldCall(5, "2026-11-24T02:00:00.000Z", "/c", 1)), "\n"))
	if err := os.Chtimes(summary, time.Time{}, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	if v, err := Verify(context.Background(), l.Lake, Options{}); err != nil || v.Pending != 2 {
		t.Errorf("%+v, %v", v, err)
	}
	third := l.run(Options{})
	if third.Written != 2 || third.Days[1].Rows != 2 {
		t.Errorf("%+v", third)
	}
}

// Files that somebody put into raw: records of today, of several days, with
// what must not be stored.
func TestForeignFiles(t *testing.T) {
	l := newTestLake(t)
	l.seal(monday, call("a", monday, "10", "t", ""))
	l.put("export.ndjson", call("b", monday, "09", "t", `,"note":"Bearer abcdefghijklmnopqrstuvwxyz0123456789"`)+"\n"+call("c", tuesday, "09", "t", "")+"\n"+call("a", monday, "10", "t", "")+"\n")
	l.put("2026/11/24/x.json", "[\n"+call("d", tuesday, "10", "t", "")+",\n"+call("e", "2026-11-25", "10", "t", "")+"]")
	r := l.run(Options{})
	if got := l.records(lake.Filter{}); !slices.Equal(got, []string{"b", "a", "c", "d", "e"}) || r.Duplicates != 1 || r.Days[0].Redacted != 1 {
		t.Errorf("%v, %+v", got, r)
	}
	if got := l.find("b"); strings.Contains(got, "abcdefghijk") {
		t.Error(got)
	}
	if v, err := Verify(context.Background(), l.Lake, Options{}); err != nil || v.Proven != 3 {
		t.Errorf("%+v, %v", v, err)
	}
	if r := l.run(Options{}); r.Unchanged != 3 {
		t.Errorf("%+v", r)
	}
	// One more day of a file of which only one day was compacted.
	if err := os.RemoveAll(filepath.Join(l.Dir(), "parquet", filepath.FromSlash(folder(t, "2026-11-25")))); err != nil {
		t.Fatal(err)
	}
	if r := l.run(Options{}); r.Written != 1 || r.Unchanged != 2 {
		t.Errorf("%+v", r)
	}
}

// A foreign file with a place that is no record is not compacted by halves.
func TestDamagedForeignFile(t *testing.T) {
	l := newTestLake(t)
	l.put(folder(t, monday)+"/daily_summary.jsonl", oldCall(1, "2026-11-23T10:00:00.000Z", "/a", 1)+"\n"+`{"interaction_id":"torn`)
	_, err := Run(context.Background(), l.Lake, Options{})
	if tpe.CodeOf(err) != tpe.Invalid || !strings.Contains(err.Error(), "daily_summary.jsonl:2: ") || !strings.Contains(tpe.HintOf(err), "tpe replay") {
		t.Error(err, tpe.HintOf(err))
	}
	if got := l.parquet(monday); len(got) != 0 {
		t.Error(got)
	}
}

// Small files are read once: what they hold is kept until their day is done.
func TestKeptFiles(t *testing.T) {
	l := newTestLake(t)
	small := `{"interaction_id":"1","timestamp":"2026-11-23T09:00:00.000Z"}`
	next := `{"interaction_id":"2","timestamp":"2026-11-24T09:00:00.000Z"}`
	l.put("2026/11/23/broken.json", `{"interaction_id":`)
	l.put("2026/11/23/large.json", fmt.Sprintf(`{"interaction_id":"3","timestamp":"2026-11-23T09:00:00.000Z","x":%q}`, strings.Repeat("x", keptFile)))
	l.put("2026/11/23/small.json", small)
	l.put("2026/11/23/two.jsonl", small+"\n"+next+"\n")
	plans, err := planDays(t.Context(), l.Lake, dayRange(time.Time{}, time.Time{}), false)
	if err != nil || len(plans) != 2 {
		t.Fatal(plans, err)
	}
	kept := map[string][]string{}
	for _, p := range plans {
		for _, in := range p.inputs {
			for _, it := range in.kept() {
				name := fmt.Sprint(p.day, " ", in.name)
				kept[name] = append(kept[name], string(it.Data))
			}
		}
	}
	want := map[string][]string{
		"2026-11-23 2026/11/23/small.json": {small},
		"2026-11-23 2026/11/23/two.jsonl":  {small, next},
		"2026-11-24 2026/11/23/two.jsonl":  {small, next},
	}
	if !reflect.DeepEqual(kept, want) {
		t.Errorf("kept %q", kept)
	}
	s := newStream(redact.New(redact.Options{}), DefaultMemory)
	rows := 0
	err = s.each(t.Context(), plans[1].day, plans[1].inputs, t.TempDir(), nil, func(*record) error { rows++; return nil })
	if err != nil || rows != 1 || plans[1].inputs[0].kept() != nil || plans[0].inputs[3].kept() == nil {
		t.Error(rows, err, plans[1].inputs[0].kept())
	}
}

// Texts stay what they were, wherever a piece of memory ends.
func TestNames(t *testing.T) {
	var n names
	var want, got []string
	for i := range 5000 {
		text := strings.Repeat(fmt.Sprint(i, "x"), i%40)
		want, got = append(want, text), append(got, n.keep(text))
	}
	long := strings.Repeat("y", 2*namesPiece)
	want, got = append(want, long, "z"), append(got, n.keep(long), n.keep("z"))
	if !slices.Equal(got, want) {
		t.Error("they differ")
	}
}
