package mirror

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/bucket/buckettest"
	"github.com/power100/tpe/internal/lake"
)

func TestMain(m *testing.M) {
	buckettest.Main()
	child()
	os.Exit(m.Run())
}

// testLake is a lake whose files are written by hand.
type testLake struct {
	*lake.Lake
	t testing.TB
}

func newTestLake(t testing.TB) *testLake {
	t.Helper()
	l, err := lake.Open(context.Background(), lake.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &testLake{l, t}
}

func (l *testLake) path(key string) string { return filepath.Join(l.Dir(), filepath.FromSlash(key)) }

// put writes a file.
func (l *testLake) put(key, text string) {
	l.t.Helper()
	if err := os.MkdirAll(filepath.Dir(l.path(key)), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(l.path(key), []byte(text), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

const (
	day     = "year=2026/month=11/day=23/"
	segment = "raw/" + day + "20261123T000000Z-0123abcd-000001.ndjson"
)

// fill writes n foreign files and what must not be copied.
func (l *testLake) fill(n int) {
	l.t.Helper()
	for i := range n {
		l.put(fmt.Sprintf("raw/%s%03d.json", day, i), fmt.Sprintf(`{"n":%d}`, i))
	}
	for _, key := range []string{"raw/" + day + "x.ndjson.open", "raw/" + day + "x.ndjson.zst.0123.tmp", "index/x.idx", "erasures/key", "exports/x.ndjson", "copies.lock", "ledger.db", "ledger.db-wal", "writers.lock", "parquet/.lock", "engine.tmp/x", "shipped/x.ndjson", "raw.bak/x.ndjson", "dump.ndjson"} {
		l.put(key, "no")
	}
}

// requests are those that a proxy has seen, as "PUT key".
type requests struct {
	mu   sync.Mutex
	seen []string
}

func (r *requests) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.seen
	r.seen = nil
	return out
}

// count counts the requests whose text begins so.
func count(seen []string, prefix string) (n int) {
	for _, s := range seen {
		if strings.HasPrefix(s, prefix) {
			n++
		}
	}
	return n
}

// start starts a server with a proxy before it that notes every request.
func start(t testing.TB) (*buckettest.Server, *buckettest.Proxy, *requests) {
	t.Helper()
	s := buckettest.Start(t, buckettest.Options{})
	p := buckettest.StartProxy(t, s)
	r := &requests{}
	p.Refuse = r.note
	return s, p, r
}

func (r *requests) note(req *http.Request) (int, string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, req.Method+" "+strings.TrimPrefix(req.URL.Path, "/"+buckettest.Bucket+"/"))
	return 0, ""
}

func options(l *testLake, s *buckettest.Server, p *buckettest.Proxy) Options {
	return Options{Lake: l.Lake, Bucket: s.Open(func(o *bucket.Options) { o.Endpoint, o.Attempts = p.URL, 3 })}
}

// synced syncs and must not fail.
func synced(t testing.TB, o Options) Report {
	t.Helper()
	r, err := Sync(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// equal compares the bucket with the lake, byte by byte.
func equal(t testing.TB, l *testLake, s *buckettest.Server) {
	t.Helper()
	objects := s.Objects()
	for f, err := range walk(t.Context(), l.Dir()) {
		if err != nil {
			t.Fatal(err)
		}
		a, err := os.ReadFile(l.path(f.key))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(s.Path(f.key))
		if err != nil || string(a) != string(b) {
			t.Errorf("%s differs: %v", f.key, err)
		}
		delete(objects, f.key)
	}
	for key := range objects {
		t.Errorf("only in the bucket: %s", key)
	}
}

// edit changes a file in its place and keeps its size and time.
func (l *testLake) edit(key string) {
	l.t.Helper()
	info, err := os.Stat(l.path(key))
	if err != nil {
		l.t.Fatal(err)
	}
	b, err := os.ReadFile(l.path(key))
	if err != nil {
		l.t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(l.path(key), b, 0o600); err != nil {
		l.t.Fatal(err)
	}
	if err := os.Chtimes(l.path(key), time.Time{}, info.ModTime()); err != nil {
		l.t.Fatal(err)
	}
}
