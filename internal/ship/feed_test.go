package ship

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/power100/tpe/internal/dynamo"
	"github.com/power100/tpe/internal/dynamo/dynamotest"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// tableAt returns a table at a server that does not wait between attempts.
func tableAt(t testing.TB, url string, attempts int) *dynamo.Table {
	t.Helper()
	table, err := dynamo.New(t.Context(), dynamo.Options{
		Table: "interactions", Region: "us-east-1", Endpoint: url, AccessKeyID: "k", SecretAccessKey: "s", Attempts: attempts,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(table.Close)
	return table
}

// store puts n records into the lake, in sealed segments.
func store(t testing.TB, l *lake.Lake, n int, note string) {
	t.Helper()
	w, err := l.NewWriter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	gate := redact.New(redact.Options{})
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for i := range n {
		var tp tape.Tape
		text := fmt.Sprintf(`{"interaction_id":"%s","timestamp":"%s","interaction_type":"feedback","user_id":"u%d","user_type":"contractor","note":"%s"}`,
			tpe.NewID(), tpe.FormatTime(at.Add(time.Duration(i%3)*24*time.Hour)), i, note)
		if err := tp.Parse([]byte(text)); err != nil {
			t.Fatal(err)
		}
		clean, _ := gate.Record(&tp)
		if _, err := w.Append(t.Context(), lake.Buffered, clean); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func redacted(t testing.TB, text string) redact.Clean {
	t.Helper()
	tp := new(tape.Tape)
	if err := tp.Parse([]byte(text)); err != nil {
		t.Fatal(err)
	}
	clean, _ := redact.New(redact.Options{}).Record(tp)
	return clean
}

func feedOf(t testing.TB, l *lake.Lake, table *dynamo.Table) *Feed {
	t.Helper()
	f, err := OpenFeed(FeedOptions{Lake: l, Table: table, Gate: redact.New(redact.Options{})})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func lakeIn(t testing.TB, dir string) *lake.Lake {
	t.Helper()
	l, err := lake.Open(t.Context(), lake.Options{Dir: dir, SealBytes: 8000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// verified holds the table against the lake.
func verified(t testing.TB, l *lake.Lake, table *dynamo.Table) (lake.CopyReport, []lake.Fault) {
	t.Helper()
	var faults []lake.Fault
	report, err := VerifyTable(t.Context(), l, table, func(f lake.Fault) { faults = append(faults, f) })
	if err != nil {
		t.Fatal(err)
	}
	return report, faults
}

// The table is away, throttled, and killed; records come meanwhile. In the
// end it has every record once, and the feed says so.
func TestFeed(t *testing.T) {
	s := dynamotest.Start(t)
	p := dynamotest.StartProxy(t, s)
	table := tableAt(t, p.URL, 3)
	if _, err := table.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	l := lakeIn(t, t.TempDir())
	store(t, l, 100, "first")
	f := feedOf(t, l, table)
	s.Kill()
	if err := f.Once(t.Context()); tpe.CodeOf(err) != tpe.Unavailable {
		t.Fatalf("%v", err)
	}
	lag := f.Lag()
	if lag.Pending == 0 || lag.Err == "" || lag.Bytes == 0 || !lag.Degraded() {
		t.Errorf("%+v", lag)
	}
	store(t, l, 100, "while it was away")
	s.Restart(t)
	p.Throttle(2)
	p.Leave(10, 5)
	for range 20 { // each time it may be refused again, and goes on
		if err := f.Once(t.Context()); err == nil {
			break
		}
	}
	if lag := f.Lag(); lag.Pending != 0 || lag.Err != "" || lag.Last.IsZero() {
		t.Errorf("%+v", lag)
	}
	if report, faults := verified(t, l, table); !report.OK || report.Records != 200 || report.Copied != 200 || report.Pending != 0 {
		t.Errorf("%+v\n%v", report, faults)
	}
	// What is done is not done again, also by another process.
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = feedOf(t, l, table)
	before := p.Calls("BatchWriteItem")
	if err := f.Once(t.Context()); err != nil || p.Calls("BatchWriteItem") != before {
		t.Errorf("%d more batches, %v", p.Calls("BatchWriteItem")-before, err)
	}
	// What was sealed since is pending, not missing.
	store(t, l, 10, "later")
	if report, faults := verified(t, l, table); !report.OK || report.Pending != 10 {
		t.Errorf("%+v\n%v", report, faults)
	}
	// A torn last line of the list, and a list that is gone, cost work only.
	path := ShippedPath(l.Dir(), table)
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = file.WriteString(`{"day":"2026-11`)
	_ = file.Close()
	_ = f.Close()
	f = feedOf(t, l, table)
	if err := f.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	if b, err := os.ReadFile(path); err != nil || strings.Contains(string(b), "2026-11{") || !strings.HasSuffix(string(b), "\n") {
		t.Errorf("%q, %v", b, err)
	}
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	f = feedOf(t, l, table)
	defer f.Close()
	if err := f.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if report, faults := verified(t, l, table); !report.OK || report.Records != 210 || report.Copied != 210 {
		t.Errorf("%+v\n%v", report, faults)
	}
}

// A damaged segment stays pending, the others go on; once it is whole again
// its records are sent.
func TestFeedOfADamagedSegment(t *testing.T) {
	s := dynamotest.Start(t)
	table := tableAt(t, s.URL, 3)
	if _, err := table.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	l := lakeIn(t, t.TempDir())
	store(t, l, 30, "x")
	segments, err := filepath.Glob(filepath.Join(l.Dir(), "raw/*/*/*/*.zst"))
	if err != nil || len(segments) < 2 {
		t.Fatal(segments, err)
	}
	whole, err := os.ReadFile(segments[0])
	if err != nil {
		t.Fatal(err)
	}
	damage := func(content []byte) {
		t.Helper()
		if err := os.WriteFile(segments[0], content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	damage(whole[:len(whole)/2])
	f := feedOf(t, l, table)
	defer f.Close()
	for range 2 {
		if err := f.Once(t.Context()); tpe.CodeOf(err) != tpe.Mismatch || f.Lag().Pending != 1 || !f.Lag().Degraded() {
			t.Errorf("%v, %+v", err, f.Lag())
		}
	}
	damage(whole)
	if err := f.Once(t.Context()); err != nil || f.Lag().Pending != 0 {
		t.Errorf("%v, %+v", err, f.Lag())
	}
	if report, faults := verified(t, l, table); !report.OK || report.Copied != 30 {
		t.Errorf("%+v\n%v", report, faults)
	}
}

// A segment that cannot be read stays pending, those behind it go on; it is
// tried again.
func TestFeedOfAnUnreadableSegment(t *testing.T) {
	s := dynamotest.Start(t)
	table := tableAt(t, s.URL, 3)
	if _, err := table.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	l := lakeIn(t, t.TempDir())
	store(t, l, 30, "x")
	segments, err := filepath.Glob(filepath.Join(l.Dir(), "raw/*/*/*/*.zst"))
	if err != nil || len(segments) < 2 {
		t.Fatal(segments, err)
	}
	away := filepath.Join(t.TempDir(), "away")
	if err := errors.Join(os.Rename(segments[0], away), os.Symlink("nowhere", segments[0])); err != nil {
		t.Fatal(err)
	}
	f := feedOf(t, l, table)
	defer f.Close()
	for range 2 {
		if err := f.Once(t.Context()); tpe.CodeOf(err) != tpe.Unavailable || !strings.Contains(err.Error(), filepath.Base(segments[0])) || f.Lag().Pending != 1 || !f.Lag().Degraded() {
			t.Errorf("%v, %+v", err, f.Lag())
		}
	}
	if err := os.Rename(away, segments[0]); err != nil {
		t.Fatal(err)
	}
	if err := f.Once(t.Context()); err != nil || f.Lag().Pending != 0 {
		t.Errorf("%v, %+v", err, f.Lag())
	}
	if report, faults := verified(t, l, table); !report.OK || report.Copied != 30 {
		t.Errorf("%+v\n%v", report, faults)
	}
}

// A table that was deleted and made again gets everything, by the same feed
// and by a later one; a table of the same name elsewhere has a list of its own.
func TestFeedOfATableMadeAgain(t *testing.T) {
	s := dynamotest.Start(t)
	table := tableAt(t, s.URL, 3)
	create := func() {
		t.Helper()
		if _, err := table.Create(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	create()
	l := lakeIn(t, t.TempDir())
	store(t, l, 30, "x")
	now := time.Now()
	open := func() *Feed {
		f, err := OpenFeed(FeedOptions{Lake: l, Table: table, Gate: redact.New(redact.Options{}), Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := open()
	for _, again := range []bool{false, true} {
		if err := f.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
		if again {
			_ = f.Close()
			f = open()
		}
		dynamotest.DeleteTable(t, s, "interactions")
		now = now.Add(probeEvery)
		whole := f.Lag().Last
		if err := f.Once(t.Context()); tpe.CodeOf(err) != tpe.NotFound || !f.Lag().Degraded() || f.Lag().Last != whole {
			t.Errorf("gone: %v, %+v", err, f.Lag())
		}
		create()
		if err := f.Once(t.Context()); err != nil || f.Lag().Degraded() || f.Lag().Pending != 0 {
			t.Errorf("made again: %v, %+v", err, f.Lag())
		}
		if report, faults := verified(t, l, table); !report.OK || report.Copied != 30 {
			t.Errorf("%+v\n%v", report, faults)
		}
	}
	_ = f.Close()
	elsewhere := tableAt(t, dynamotest.Start(t).URL, 3)
	if _, err := elsewhere.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	f = feedOf(t, l, elsewhere)
	defer f.Close()
	if err := f.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if report, faults := verified(t, l, elsewhere); !report.OK || report.Copied != 30 {
		t.Errorf("elsewhere: %+v\n%v", report, faults)
	}
}

// How far the table is behind is counted while it is away.
func TestFeedLagWhileAway(t *testing.T) {
	s := dynamotest.Start(t)
	l := lakeIn(t, t.TempDir())
	store(t, l, 1, "x")
	var later atomic.Int64
	f, err := OpenFeed(FeedOptions{
		Lake: l, Table: tableAt(t, s.URL, 1), Gate: redact.New(redact.Options{}), Every: time.Millisecond,
		Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Once(t.Context()); tpe.CodeOf(err) != tpe.NotFound || f.Lag().Pending != 1 {
		t.Fatalf("%v, %+v", err, f.Lag())
	}
	later.Store(int64(time.Hour))
	if age := f.Lag().Age; age < time.Hour {
		t.Errorf("after an hour: %v", age)
	}
	store(t, l, 1, "y")
	if err := f.rest(t.Context(), 3*time.Millisecond); err != nil || f.Lag().Pending != 2 {
		t.Errorf("%v, %+v", err, f.Lag())
	}
}

// With nothing to feed the feed says all the same when the table is missing or
// away, and when it is back.
func TestFeedProbes(t *testing.T) {
	s := dynamotest.Start(t)
	table := tableAt(t, s.URL, 1)
	var minutes atomic.Int64
	f, err := OpenFeed(FeedOptions{
		Lake: lakeIn(t, t.TempDir()), Table: table, Gate: redact.New(redact.Options{}), Every: time.Millisecond,
		Now: func() time.Time { return time.Unix(0, 0).Add(time.Duration(minutes.Add(1)) * time.Minute) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { f.Run(ctx) })
	defer work.Wait()
	defer stop()
	await := func(what string, ok func(tpe.Lag) bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !ok(f.Lag()); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: %+v", what, f.Lag())
			}
		}
	}
	fine := func(l tpe.Lag) bool { return !l.Degraded() && !l.Last.IsZero() }
	await("no table", tpe.Lag.Degraded)
	if _, err := table.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	await("made", fine)
	s.Kill()
	await("away", tpe.Lag.Degraded)
	s.Restart(t)
	await("back", fine)
}

// One record that is missing, doubled, changed or added is named.
func TestVerifyTable(t *testing.T) {
	s := dynamotest.Start(t)
	table := tableAt(t, s.URL, 3)
	if _, err := table.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	l := lakeIn(t, t.TempDir())
	store(t, l, 50, "n")
	f := feedOf(t, l, table)
	defer f.Close()
	if err := f.Once(t.Context()); err != nil {
		t.Fatal(err)
	}
	var id, content string
	for e, err := range table.Scan(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if id == "" || e.ID < id {
			id, content = e.ID, e.Content
		}
	}
	for _, test := range []struct {
		kind lake.FaultKind
		harm dynamotest.Harm
	}{
		{lake.Missing, dynamotest.Delete},
		{lake.Changed, dynamotest.Change},
		{lake.Doubled, dynamotest.Double},
		{lake.Added, dynamotest.Add},
	} {
		undo := dynamotest.Do(t, s, "interactions", id, content, test.harm)
		report, faults := verified(t, l, table)
		if report.OK || len(faults) != 1 || faults[0].Kind != test.kind || test.kind != lake.Added && faults[0].ID != id {
			t.Errorf("%s: %+v %v", test.kind, report, faults)
		}
		undo()
		if report, faults := verified(t, l, table); !report.OK {
			t.Errorf("%s, undone: %+v %v", test.kind, report, faults)
		}
	}
}

// An attribute that an index uses is as good as the record: an item in which
// one was changed is named, and a replay puts it right. So it does with a
// changed record, and leaves another record of the same id alone.
func TestVerifyTableAttributes(t *testing.T) {
	s := dynamotest.Start(t)
	table := tableAt(t, s.URL, 3)
	if _, err := table.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	l := lakeIn(t, t.TempDir())
	w, err := l.NewWriter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const id = "019ab001-1f6f-72e6-8a11-6d20b15c6901"
	var recs []redact.Clean
	for _, note := range []string{"a", "b", strings.Repeat("x", 500_000)} {
		recs = append(recs, redacted(t, `{"interaction_id":"`+id+`","timestamp":"2026-11-23T10:00:00.000Z","interaction_type":"feedback","user_id":"u","conversation_id":"c","partner_id":"p","note":"`+note+`"}`))
	}
	if _, err := w.Append(t.Context(), lake.Disk, recs...); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	var files []string
	for seg, err := range l.Sealed(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, seg.Path, seg.Path, seg.Path)
	}
	sink := TableSink{Table: table}
	if a, err := sink.Send(t.Context(), recs, files); err != nil || a.New != 3 {
		t.Fatalf("%+v, %v", a, err)
	}
	var small, large string
	for e, err := range table.Scan(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Ref != "" {
			large = e.Content
		} else {
			small = e.Content
		}
	}
	elsewhere := "raw/year=2026/month=11/day=24/20261124T000000Z-0123abcd-000001.ndjson.zst"
	for _, test := range []struct {
		content string
		set     map[string]string
		said    string
	}{
		{small, map[string]string{"user": "wrong"}, "not as its record says: user"},
		{small, map[string]string{"user": ""}, "not as its record says: user"},
		{small, map[string]string{"type_time": "x", "timestamp": "2020-01-01T00:00:00.000Z"}, "not as its record says: timestamp, type_time"},
		{small, map[string]string{"interaction_type": "foo"}, "not as its record says: interaction_type"},
		{small, map[string]string{"conversation": "other"}, "not as its record says: conversation"},
		{small, map[string]string{"record": `{"interaction_id":"` + id + `"}`}, "its content is not what its key says"},
		{small, map[string]string{"record": "{bad", "ref": "raw/x"}, "its content is not what its key says"},
		{large, map[string]string{"partner": "q"}, "not as its record says: partner"},
		{large, map[string]string{"ref": elsewhere}, "its record is not where its attribute ref says"},
	} {
		dynamotest.Set(t, s, "interactions", id, test.content, test.set)
		report, faults := verified(t, l, table)
		if report.OK || len(faults) != 1 || faults[0].Kind != lake.Changed || faults[0].ID != id || faults[0].Detail != test.said {
			t.Errorf("%v: %+v %v", test.set, report, faults)
		}
		if a, err := sink.Send(t.Context(), recs, files); err != nil || a.New != 0 || a.Duplicate != 2 || len(a.Replaced) != 1 {
			t.Errorf("%v: %+v, %v", test.set, a, err)
		}
		if report, faults := verified(t, l, table); !report.OK || report.Copied != 3 {
			t.Errorf("%v, put right: %+v %v", test.set, report, faults)
		}
	}
	if a, err := sink.Send(t.Context(), recs, files); err != nil || a.Duplicate != 3 {
		t.Errorf("%+v, %v", a, err)
	}
}

// Replay into a table: a second time there is nothing new.
func TestTableSink(t *testing.T) {
	s := dynamotest.Start(t)
	table := tableAt(t, s.URL, 3)
	if _, err := table.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	gate := redact.New(redact.Options{})
	var recs []redact.Clean
	for i := range 60 {
		tp := new(tape.Tape)
		note := "n"
		if i == 7 {
			note = strings.Repeat("x", 500_000)
		}
		if err := tp.Parse([]byte(fmt.Sprintf(`{"interaction_id":"%s","note":"%s"}`, tpe.NewID(), note))); err != nil {
			t.Fatal(err)
		}
		clean, _ := gate.Record(tp)
		recs = append(recs, clean)
	}
	sink := TableSink{Table: table}
	files := make([]string, len(recs))
	for round := range 2 {
		a, err := sink.Send(t.Context(), recs, files)
		if err != nil || a.New != []int{59, 0}[round] || a.Duplicate != []int{0, 59}[round] || len(a.Rejected) != 1 || a.Rejected[0].Index != 7 {
			t.Errorf("%+v, %v", a, err)
		}
	}
	// Read from a segment, the large one is stored by reference.
	files[7] = "lake/raw/year=2026/month=11/day=23/20261123T000000Z-0123abcd-000001.ndjson.zst"
	if a, err := sink.Send(t.Context(), recs, files); err != nil || a.New != 1 || len(a.Rejected) != 0 {
		t.Errorf("%+v, %v", a, err)
	}
	for e, err := range table.Scan(t.Context()) {
		if err != nil || e.Ref != "" && "lake/"+e.Ref != files[7] {
			t.Error(e.Ref, err)
		}
	}
	s.Kill()
	if a, err := sink.Send(t.Context(), recs, nil); tpe.CodeOf(err) != tpe.Unavailable || a.Failed != 59 {
		t.Errorf("%+v, %v", a, err)
	}
}

// Nobody who was erased comes into the table from old files, and an erasure
// waits for what is on its way there: from a replay as from a feed.
func TestErasedStayOutOfTable(t *testing.T) {
	s := dynamotest.Start(t)
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(target)
	var hold atomic.Bool
	held, free := make(chan bool), make(chan bool)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.Header.Get("X-Amz-Target"), "BatchWriteItem") && hold.CompareAndSwap(true, false) {
			held <- true
			<-free
		}
		pass.ServeHTTP(w, r)
	}))
	defer srv.Close()
	table := tableAt(t, srv.URL, 3)
	if _, err := table.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	l := lakeIn(t, t.TempDir())
	own := `{"interaction_id":"019ab001-1f6f-72e6-8a11-6d20b15c6901","timestamp":"2026-11-22T10:00:00.000Z","interaction_type":"feedback","user_id":"136","user_type":"contractor"}`
	mention := `{"interaction_id":"019ab001-1f6f-72e6-8a11-6d20b15c6902","timestamp":"2026-11-22T10:00:00.000Z","interaction_type":"feedback","user_id":"7","user_type":"contractor","contractor_id":"136"}`
	store(t, l, 10, "n")
	w, err := l.NewWriter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	large := strings.Replace(strings.Replace(mention, "6902", "6903", 1), "{", `{"note":"`+strings.Repeat("x", 500_000)+`",`, 1)
	if _, err := w.Append(t.Context(), lake.Buffered, redacted(t, own), redacted(t, mention), redacted(t, large)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone, err := l.OpenForgotten(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Close()
	sink := TableSink{Table: table, Gone: gone, Gate: redact.New(redact.Options{})}
	send := func() (Answer, error) {
		return sink.Send(t.Context(), []redact.Clean{redacted(t, own), redacted(t, mention)}, nil)
	}
	f := feedOf(t, l, table)
	defer f.Close()
	for name, copies := range []func() error{
		func() error { _, err := send(); return err },
		func() error { return f.Once(t.Context()) }, // it writes all of them
	} {
		hold.Store(true)
		ended := make(chan error, 1)
		go func() { ended <- copies() }()
		<-held
		if err := l.AwaitCopies(t.Context(), time.Millisecond); tpe.CodeOf(err) != tpe.Unavailable {
			t.Errorf("%d: the erasure did not wait: %v", name, err)
		}
		free <- true
		if err := <-ended; err != nil {
			t.Error(name, err)
		}
		if err := l.AwaitCopies(t.Context(), time.Minute); err != nil {
			t.Error(name, err)
		}
	}
	id, err := person.ParseID(person.User, "136")
	if err != nil {
		t.Fatal(err)
	}
	who := person.New(tpe.UserContractor, id)
	if _, err := l.Erase(t.Context(), lake.EraseOptions{Erasure: "e", Person: who, Until: time.Now()}); err != nil {
		t.Fatal(err)
	}
	e := &dynamo.Eraser{Table: table, Gate: redact.New(redact.Options{}), Records: func(ctx context.Context, id string) (out [][]byte, err error) {
		for r, err := range l.Records(ctx, lake.Filter{ID: id}) {
			if err != nil {
				return nil, err
			}
			out = append(out, slices.Clone(r.JSON()))
		}
		return out, nil
	}}
	if _, err := e.Erase(t.Context(), who, func(string) {}); err != nil {
		t.Fatal(err)
	}
	if a, err := send(); err != nil || a.New != 0 || a.Erased != 1 || a.Duplicate != 1 || a.Outcomes[0] != lake.Erased {
		t.Errorf("%+v, %v", a, err)
	}
	if found, err := e.Look(t.Context(), who, func(string) {}); err != nil || !found.Empty() {
		t.Errorf("%+v, %v", found, err)
	}
	if report, faults := verified(t, l, table); !report.OK || report.Copied != 12 {
		t.Errorf("%+v %v", report, faults)
	}
}
