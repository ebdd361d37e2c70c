package ship

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// samples are records that the old service really wrote.
const samples = "../../testdata/interactions/legacy.ndjson"

func sampleLines(t testing.TB) []string {
	t.Helper()
	b, err := os.ReadFile(samples)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// options are those of a replay with the built-in contract.
func options(t testing.TB, sink Sink, paths ...string) Options {
	t.Helper()
	o, err := defaults(sink, paths...)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func defaults(sink Sink, paths ...string) (Options, error) {
	set, err := schema.Default()
	return Options{Paths: paths, Sink: sink, Gate: redact.New(redact.Options{}), Set: set, Workers: 2}, err
}

// write writes a file below dir and returns its path.
func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// openLake opens a lake in a new folder, with a writer that is closed before
// the test ends.
func openLake(t testing.TB) (*lake.Lake, *lake.Writer) {
	t.Helper()
	l, err := lake.Open(context.Background(), lake.Options{Dir: filepath.Join(t.TempDir(), "lake")})
	if err != nil {
		t.Fatal(err)
	}
	w, err := l.NewWriter(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l, w
}

// replayed runs a replay that must work and whose accounts must add up.
func replayed(t testing.TB, o Options) *Report {
	t.Helper()
	rep, err := Replay(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if !rep.AddsUp() {
		t.Errorf("the accounts do not add up: %+v", rep)
	}
	return rep
}

// memory is a sink that keeps everything, and knows records by their ids.
type memory struct {
	records []string
	refused []lake.Quarantined
	seen    map[string]string
	sends   []int // sizes
	flushed int
	fail    func(send int) error // before a send is kept
}

func (m *memory) Send(_ context.Context, recs []redact.Clean, _ []string) (Answer, error) {
	if m.seen == nil {
		m.seen = map[string]string{}
	}
	m.sends = append(m.sends, len(recs))
	if m.fail != nil {
		if err := m.fail(len(m.sends)); err != nil {
			return Answer{Failed: len(recs)}, err
		}
	}
	a := Answer{Outcomes: make([]lake.Outcome, len(recs))}
	for i, r := range recs {
		text := string(r.Tape().AppendCompact(nil, 0))
		n, _ := r.Tape().Find("interaction_id")
		id := r.Tape().Text(n)
		switch was, ok := m.seen[id]; {
		case !ok:
			a.New++
			a.Outcomes[i] = lake.New
			m.records = append(m.records, text)
			m.seen[id] = text
		case was == text:
			a.Duplicate++
			a.Outcomes[i] = lake.Duplicate
		default:
			a.Conflict++
			a.Outcomes[i] = lake.Conflict
			m.records = append(m.records, text)
		}
	}
	return a, nil
}

func (m *memory) Refuse(_ context.Context, q lake.Quarantined) error {
	m.refused = append(m.refused, q)
	return nil
}

func (m *memory) Flush(context.Context) error {
	m.flushed++
	return nil
}

// view is a valid record of today.
func view(n int, at string) string {
	return fmt.Sprintf(`{"interaction_id":"00000000-0000-4000-8000-%012d","timestamp":"%s","interaction_type":"page_view","user_id":"7","user_type":"contractor",`+
		`"metadata":{"app_version":"2","environment":"test","user_agent":"","ip_address":""},"page":{"path":"/%d"}}`, n, at, n)
}

// views are n of them, a second apart.
func views(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s\n", view(i, fmt.Sprintf("2026-11-23T%02d:%02d:%02d.000Z", i/3600, i/60%60, i%60)))
	}
	return b.String()
}

// field returns a member of a record as its JSON text.
func field(t testing.TB, record, pointer string) string {
	t.Helper()
	var tp tape.Tape
	if err := tp.Parse([]byte(record)); err != nil {
		t.Fatal(err)
	}
	n, ok := tp.Lookup(pointer)
	if !ok {
		return ""
	}
	return string(tp.Raw(n))
}

// codeOf fails when err has another code.
func codeOf(t testing.TB, err error, want tpe.Code) {
	t.Helper()
	if got := tpe.CodeOf(err); got != want {
		t.Errorf("got the code %q of %v, want %q", got, err, want)
	}
}
