package lake

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tpe"
)

// Many callers send the same ids at once: one of them is told that each is
// new.
func TestConcurrentAppends(t *testing.T) {
	l := openLake(t, Options{Dir: memoryDir(t), SealBytes: 20_000})
	w := openWriter(t, l)
	const ids, callers = 300, 8
	recs := newRecs(ids, noon)
	var mu sync.Mutex
	news := map[string]int{}
	var running sync.WaitGroup
	for c := range callers {
		running.Go(func() {
			order := rand.New(rand.NewPCG(uint64(c), 1)).Perm(ids)
			for from := 0; from < ids; from += 3 {
				var part []rec
				for _, i := range order[from : from+3] {
					part = append(part, recs[i])
				}
				out, err := w.Append(context.Background(), Durability(c%3), cleanAll(t, part)...)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for i, o := range out {
					switch o {
					case New:
						news[part[i].id]++
					case Duplicate:
					case Conflict, NotStored, Erased:
						t.Errorf("%v", o)
					}
				}
				mu.Unlock()
			}
		})
	}
	running.Wait()
	for _, r := range recs {
		if news[r.id] != 1 {
			t.Errorf("%s was new %d times", r.id, news[r.id])
		}
	}
	closeWriter(t, w)
	if got, want := mustAddUp(t, l).Total, (Account{Day: NoDay, Received: ids * callers, Stored: ids, Duplicate: ids * (callers - 1)}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// model is what a lake should hold: the contents of each id of a day.
type model map[string]map[string]bool

// Random work, restarts and seals: outcomes, records and accounts are those
// of a simple model.
func TestAccountsOfRandomWork(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 99))
			c := newClock()
			opts := Options{
				Dir: memoryDir(t), Now: c.now, SealBytes: 2000 + int64(r.IntN(5000)),
				SealAge: time.Minute, Compression: []string{CompressZstd, CompressNone}[r.IntN(2)],
			}
			if r.IntN(2) == 0 {
				opts.limits = limits{openDays: 1 + r.IntN(2), records: 15, entries: 20, headBytes: 1000, knownDays: 1 + r.IntN(3)}
			}
			l := openLake(t, opts)
			w := openWriter(t, l)
			ids := make([]string, 60)
			for i := range ids {
				if ids[i] = uuid.NewString(); i%5 == 0 {
					ids[i] = fmt.Sprintf("id %d", i)
				}
			}
			known := model{}
			want := map[string]*Account{} // by day and type
			account := func(day Day, typ string) *Account {
				k := day.String() + " " + typ
				if want[k] == nil {
					want[k] = &Account{Day: day, Type: typ}
				}
				return want[k]
			}
			refused := map[string]bool{}
			for range 60 {
				switch r.IntN(12) {
				case 0:
					closeWriter(t, w)
					w = openWriter(t, l)
				case 1:
					c.add(40 * time.Second)
					w.tick()
				case 2:
					body := fmt.Sprintf(`{"interaction_type":"feedback","n":%d}`, r.IntN(5))
					if err := w.Quarantine(context.Background(), Quarantined{Reason: "broken", Source: "test", Body: clean(t, body)}); err != nil {
						t.Fatal(err)
					}
					a := account(DayOf(c.now()), "feedback")
					a.Received++
					if refused[body] {
						a.Duplicate++
					} else {
						a.Quarantined++
					}
					refused[body] = true
				default:
					var part []rec
					var outcomes []Outcome
					for range 1 + r.IntN(20) {
						rc := rec{
							id: ids[r.IntN(len(ids))], at: noon.Add(time.Duration(r.IntN(3)*24) * time.Hour),
							typ: []string{tpe.TypePageView, tpe.TypeFeedback, "of_my_own"}[r.IntN(3)], note: fmt.Sprint(r.IntN(2)),
						}
						part = append(part, rc)
						k := rc.id + DayOf(rc.at).String()
						if known[k] == nil {
							known[k] = map[string]bool{}
						}
						a := account(DayOf(rc.at), rc.typ)
						a.Received++
						switch text := rc.json(); {
						case known[k][text]:
							outcomes = append(outcomes, Duplicate)
							a.Duplicate++
						case len(known[k]) > 0:
							outcomes = append(outcomes, Conflict)
							known[k][text] = true
							a.Stored++
						default:
							outcomes = append(outcomes, New)
							known[k][text] = true
							a.Stored++
						}
					}
					put(t, w, Durability(r.IntN(3)), outcomes, part...)
				}
			}
			if r.IntN(2) == 0 {
				closeWriter(t, w)
				w = nil
			} else if err := w.Sync(context.Background()); err != nil {
				t.Fatal(err)
			}
			report := mustAddUp(t, l)
			got := map[string]*Account{}
			for _, a := range report.Accounts {
				got[a.Day.String()+" "+a.Type] = &a
			}
			if !maps.EqualFunc(got, want, func(a, b *Account) bool { return *a == *b }) {
				t.Errorf("got %v, want %v", report.Accounts, want)
			}
			texts := 0
			for _, contents := range known {
				texts += len(contents)
			}
			if n := len(read(t, l, Filter{})); n != texts {
				t.Errorf("%d records are read, want %d", n, texts)
			}
			if w != nil {
				closeWriter(t, w)
			}
		})
	}
}

func openFiles(t *testing.T, l *Lake) (n int) {
	t.Helper()
	for f, err := range l.dayFolders(context.Background(), rawFolder) {
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range segmentsIn(f.entries) {
			if s.state == StateOpen {
				n++
			}
		}
	}
	return n
}

func TestSealBySizeAndAge(t *testing.T) {
	c := newClock()
	l := openLake(t, Options{Dir: memoryDir(t), Now: c.now, SealBytes: 5000, SealAge: time.Hour})
	w := openWriter(t, l)
	for range 10 {
		put(t, w, Disk, repeat(New, 10), newRecs(10, noon)...)
	}
	waitFor(t, func() bool { return openFiles(t, l) == 1 })
	c.add(time.Hour)
	waitFor(t, func() bool { w.tick(); return openFiles(t, l) == 0 })
	s, err := l.Segments(context.Background(), DayOf(noon))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range s {
		if s.State != StateSealed {
			t.Errorf("%+v", s)
		}
	}
	if len(s) < 4 {
		t.Errorf("%d segments", len(s))
	}
	closeWriter(t, w)
}

// waitFor waits for work in the background, without a guess at how long it
// takes.
func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatal("it does not happen")
		}
		time.Sleep(time.Millisecond)
	}
}

// Years of days at once: the number of open segments stays bounded.
func TestManyDays(t *testing.T) {
	l := openLake(t, Options{Dir: memoryDir(t)})
	w := openWriter(t, l)
	var recs []rec
	for i := range 200 {
		recs = append(recs, newRecs(1, noon.Add(time.Duration(i)*24*time.Hour))...)
	}
	for _, r := range recs {
		put(t, w, Buffered, []Outcome{New}, r)
	}
	waitFor(t, func() bool { w.tick(); return openFiles(t, l) <= defaultLimits().openDays })
	for _, r := range recs {
		put(t, w, Buffered, []Outcome{Duplicate}, r)
	}
	// All of them in one call as well.
	put(t, w, Disk, repeat(Duplicate, 200), recs...)
	closeWriter(t, w)
	if report := mustAddUp(t, l); report.Total.Stored != 200 {
		t.Errorf("%+v", report.Total)
	}
}

func TestRefusedRecords(t *testing.T) {
	l := openLake(t, Options{})
	w := openWriter(t, l)
	good := clean(t, rec{}.json())
	for text, want := range map[string]string{
		`{"timestamp":"2026-11-23T12:00:00.000Z"}`:                           "record 2: there is no interaction_id",
		`{"interaction_id":"x"}`:                                             "record 2: there is no timestamp",
		`{"interaction_id":"x","timestamp":"yesterday"}`:                     "record 2: there is no timestamp",
		`{"interaction_id":"","timestamp":"2026-11-23T12:00:00.000Z"}`:       "record 2: there is no interaction_id",
		`{"interaction_id":"x","timestamp":"9999-12-31T23:59:59.000-01:00"}`: "record 2: there is no timestamp",
		`[]`: "record 2: there is no interaction_id",
	} {
		out, err := w.Append(context.Background(), Disk, good, clean(t, text))
		if tpe.CodeOf(err) != tpe.Invalid || !strings.Contains(err.Error(), want) || out[0] != NotStored {
			t.Errorf("%s: %v, %v", text, out, err)
		}
	}
	closeWriter(t, w)
	if _, err := w.Append(context.Background(), Disk, good); tpe.CodeOf(err) != tpe.Unavailable {
		t.Errorf("after Close: %v", err)
	}
	if n := len(read(t, l, Filter{})); n != 0 {
		t.Errorf("%d records", n)
	}
}

// A pretty record becomes one line, and says the same.
func TestPrettyRecord(t *testing.T) {
	l := openLake(t, Options{})
	w := openWriter(t, l)
	r := rec{id: uuid.NewString(), note: "a\nb, c"}
	pretty := strings.ReplaceAll(r.json(), `,"`, ",\n\t\"")
	out, err := w.Append(context.Background(), Disk, clean(t, pretty))
	if err != nil || out[0] != New {
		t.Fatal(out, err)
	}
	put(t, w, Disk, []Outcome{Duplicate}, r)
	closeWriter(t, w)
	for got, err := range l.Records(context.Background(), Filter{}) {
		if err != nil || string(got.JSON()) != r.json() {
			t.Errorf("%s, %v", got.JSON(), err)
		}
	}
}

// The caller gives up: no call hangs, and a cancelled context says so.
func TestAppendInterrupted(t *testing.T) {
	l := openLake(t, Options{})
	w := openWriter(t, l)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range []error{
		func() error { _, err := w.Append(ctx, Disk, clean(t, rec{}.json())); return err }(),
		w.Quarantine(ctx, Quarantined{Reason: "x"}),
	} {
		if tpe.CodeOf(err) != tpe.Interrupted || !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
	closeWriter(t, w)
	if _, err := l.Verify(ctx, nil); tpe.CodeOf(err) != tpe.Interrupted && !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// A writer that died in the middle of a line, of a rename, or before it
// wrote anything.
func TestRecovery(t *testing.T) {
	l := openLake(t, Options{Dir: memoryDir(t)})
	day := DayOf(noon)
	recs := newRecs(3, noon)
	lines := ""
	for _, r := range recs {
		lines += r.json() + "\n"
	}
	n := newNamer()
	whole, torn, empty, onlyTorn, alien := n.next(noon), n.next(noon), n.next(noon), n.next(noon), n.next(noon)
	more := newRecs(2, noon)
	for name, text := range map[string]string{
		whole:    lines,
		torn:     more[0].json() + "\n{not json\n" + more[1].json() + "\n" + `{"interaction_id":"` + uuid.NewString() + `","time`,
		empty:    "",
		onlyTorn: `{"interaction_id":`,
		alien:    rec{at: noon.Add(48 * time.Hour)}.json() + "\n",
	} {
		write(t, l.Dir(), "raw/"+day.Folder()+"/"+name+openEnding, text)
	}
	// Being sealed when it died.
	write(t, l.Dir(), "raw/"+day.Folder()+"/"+whole+zstdEnding+".0011"+tmpEnding, "half a file")
	q := n.next(noon)
	write(t, l.Dir(), "quarantine/"+day.Folder()+"/"+q+openEnding,
		`{"at":"2026-11-23T12:00:00.000Z","reason":"r","source":"s","body":{"interaction_type":"feedback"}}`+"\n"+`{"at":`)

	w := openWriter(t, l)
	put(t, w, Disk, repeat(Duplicate, 5), append(recs, more...)...)
	closeWriter(t, w)
	got := read(t, l, Filter{})
	slices.Sort(got)
	if !slices.Equal(got, idsOf(recs, more)) {
		t.Errorf("%v", got)
	}
	groups, err := l.QuarantineGroups(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]int{}
	for _, g := range groups {
		reasons[g.Reason] = g.Count
	}
	want := map[string]int{
		"r": 1,
		"cut from a segment that a crash left open: a torn line":                                        2,
		"cut from a segment that a crash left open: a line that is no JSON":                             1,
		"cut from a segment that a crash left open: a record that does not belong to the segment's day": 1,
	}
	if !maps.Equal(reasons, want) {
		t.Errorf("got %v, want %v", reasons, want)
	}
	left, err := filepath.Glob(filepath.Join(l.rawFolder(day), "*"))
	if err != nil || len(left) != 2 {
		t.Errorf("%v, %v", left, err)
	}
	if report := mustAddUp(t, l); report.Total.Stored != 5 || report.Total.Quarantined != 5 {
		t.Errorf("%+v", report.Total)
	}
}

// Old leftovers go, young ones may be in use.
func TestLeftoversOfTemporaryFiles(t *testing.T) {
	l := openLake(t, Options{})
	old, young := "raw/"+DayOf(noon).Folder()+"/x"+zstdEnding+".1"+tmpEnding, "index/"+DayOf(noon).Folder()+"/y.idx.2"+tmpEnding
	write(t, l.Dir(), old, "x")
	write(t, l.Dir(), young, "y")
	past := time.Now().Add(-2 * oldTmp)
	if err := os.Chtimes(l.path(filepath.FromSlash(old)), past, past); err != nil {
		t.Fatal(err)
	}
	closeWriter(t, openWriter(t, l))
	if _, err := os.Stat(l.path(filepath.FromSlash(old))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old one is left: %v", err)
	}
	if _, err := os.Stat(l.path(filepath.FromSlash(young))); err != nil {
		t.Error(err)
	}
}

func TestQuarantineIsReadBack(t *testing.T) {
	l := openLake(t, Options{})
	w := openWriter(t, l)
	ctx := context.Background()
	for _, q := range []Quarantined{
		{Reason: "a", Source: "f.ndjson", Line: 7, Findings: []string{"one", "two"}, Body: clean(t, "{\"interaction_type\":\"feedback\",\n\"x\":1}")},
		{Reason: "a", Source: "g.ndjson", Line: 8, Body: gate().Text([]byte("torn {"))},
		{Reason: "b", Source: "h.ndjson"},
		{Reason: "c", Source: "password=hunter2hunter2", Findings: []string{`Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U`}, Body: redact.Clean{}},
	} {
		if err := w.Quarantine(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	var items []QuarantinedItem
	for item, err := range l.Quarantine(ctx) {
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, item)
	}
	closeWriter(t, w)
	if text := fmt.Sprint(items); strings.Contains(text, "hunter2") || strings.Contains(text, "eyJ") {
		t.Errorf("a secret is in quarantine: %s", text)
	}
	if len(items) != 4 {
		t.Fatalf("%+v", items)
	}
	if i := items[0]; i.Line != 7 || i.Type != "feedback" || string(i.Body) != `{"interaction_type":"feedback","x":1}` || len(i.Findings) != 2 {
		t.Errorf("%+v", i)
	}
	if i := items[1]; i.Text == nil || *i.Text != "torn {" {
		t.Errorf("%+v", i)
	}
	groups, err := l.QuarantineGroups(ctx)
	if err != nil || len(groups) != 3 || groups[0].Reason != "a" || groups[0].Count != 2 {
		t.Errorf("%+v, %v", groups, err)
	}
}

// The indexes are deleted while a writer works.
func TestIndexDeletedUnderTheWriter(t *testing.T) {
	l := openLake(t, Options{})
	recs := newRecs(5, noon)
	w := openWriter(t, l)
	put(t, w, Disk, repeat(New, 5), recs...)
	closeWriter(t, w)
	w = openWriter(t, l)
	put(t, w, Disk, repeat(New, 1), newRecs(1, noon)...)
	if err := os.RemoveAll(l.path(indexFolder)); err != nil {
		t.Fatal(err)
	}
	put(t, w, Disk, repeat(Duplicate, 5), recs...)
	closeWriter(t, w)
	mustAddUp(t, l)
}

// Records that are longer than what is read at once when another writer is
// followed, and longer than what one group takes.
func TestLargeRecords(t *testing.T) {
	l := openLake(t, Options{Dir: memoryDir(t)})
	first, second := openWriter(t, l), openWriter(t, l)
	recs := newRecs(3, noon)
	for i := range recs {
		recs[i].note = strings.Repeat("x", 5<<20)
	}
	put(t, first, System, repeat(New, 3), recs...)
	put(t, second, Disk, repeat(Duplicate, 3), recs...)
	huge := rec{note: strings.Repeat("x", 16<<20)}
	if _, err := first.Append(context.Background(), Disk, clean(t, huge.json())); tpe.CodeOf(err) != tpe.TooLarge {
		t.Errorf("%v", err)
	}
	closeWriter(t, first)
	closeWriter(t, second)
	if report := mustAddUp(t, l); report.Total.Stored != 3 {
		t.Errorf("%+v", report.Total)
	}
}
