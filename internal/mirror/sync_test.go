package mirror

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/tpe"
)

func TestContentDecides(t *testing.T) {
	s, p, seen := start(t)
	l := newTestLake(t)
	l.fill(20)
	o := options(l, s, p)
	if r := synced(t, o); r.Uploaded.Files != 20 || r.Files.Files != 20 || !slices.Equal(r.PassedBy, []string{"dump.ndjson", "raw.bak/"}) {
		t.Errorf("first: %+v", r)
	}
	equal(t, l, s)
	seen.take()
	if r := synced(t, o); r.Unchanged.Files != 20 {
		t.Errorf("unchanged: %+v", r)
	}
	if got := seen.take(); len(got) != 2 { // the bucket, the listing
		t.Errorf("unchanged data costs %v", got)
	}

	l.edit("raw/" + day + "003.json")
	if r := synced(t, o); r.Replaced.Files != 1 || r.Unchanged.Files != 19 {
		t.Errorf("an edit of the same size and time: %+v", r)
	}
	equal(t, l, s)

	now := time.Now()
	if err := os.Chtimes(l.path("raw/"+day+"004.json"), now, now); err != nil {
		t.Fatal(err)
	}
	seen.take()
	if r := synced(t, o); r.Touched.Files != 1 || count(seen.take(), "PUT") != 0 {
		t.Errorf("a touch: %+v", r)
	}
	if r := synced(t, o); r.Unchanged.Files != 20 {
		t.Errorf("after a touch: %+v", r)
	}

	// Somebody removes one object, changes another, and adds one.
	b := s.Open()
	if err := b.Delete(t.Context(), "raw/"+day+"005.json"); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"raw/" + day + "006.json", "other"} {
		if _, _, err := b.Put(t.Context(), key, []byte("{!}"), bucket.Condition{}); err != nil {
			t.Fatal(err)
		}
	}
	if r := synced(t, o); r.Uploaded.Files != 1 || r.Replaced.Files != 1 || r.Kept.Files != 1 {
		t.Errorf("changes in the bucket: %+v", r)
	}
	if err := b.Delete(t.Context(), "other"); err != nil {
		t.Fatal(err)
	}
	equal(t, l, s)

	// Without the ledger nothing is sent again.
	if err := os.RemoveAll(l.path(stateFolder)); err != nil {
		t.Fatal(err)
	}
	seen.take()
	if r := synced(t, o); r.Touched.Files != 20 || count(seen.take(), "PUT") != 0 {
		t.Errorf("without the ledger: %+v", r)
	}
}

func TestDryRunAndCheck(t *testing.T) {
	s, p, seen := start(t)
	l := newTestLake(t)
	l.fill(3)
	o := options(l, s, p)
	var lines []string
	o.DryRun, o.Each = true, func(a Action) { lines = append(lines, string(a.Verb)+" "+a.Key) }
	if r := synced(t, o); r.Uploaded.Files != 3 || !slices.Equal(lines, []string{"upload raw/" + day + "000.json", "upload raw/" + day + "001.json", "upload raw/" + day + "002.json"}) {
		t.Errorf("%+v %q", r, lines)
	}
	if len(s.Objects()) != 0 {
		t.Error("a dry run sends")
	}
	if _, err := os.Stat(l.path(stateFolder)); err == nil {
		t.Error("a dry run writes into the lake")
	}
	o.DryRun, o.Check = false, true
	if _, err := Sync(t.Context(), o); tpe.CodeOf(err) != tpe.Mismatch {
		t.Errorf("a check before the sync: %v", err)
	}
	o.Check = false
	synced(t, o)
	o.Check = true
	if r := synced(t, o); r.Unchanged.Files != 3 {
		t.Errorf("a check after it: %+v", r)
	}
	// A ledger that cannot be written is read.
	lock := filepath.Join(newLedger(l.Dir(), o.Bucket.Target()).dir, "lock")
	if err := errors.Join(os.Remove(lock), os.Mkdir(lock, 0o755)); err != nil {
		t.Fatal(err)
	}
	for _, dry := range []bool{true, false} {
		o.Check, o.DryRun = !dry, dry
		if r := synced(t, o); r.Unchanged.Files != 3 || r.Unkept {
			t.Errorf("dry run %v on a ledger that cannot be written: %+v", dry, r)
		}
	}
	if err := os.Remove(lock); err != nil {
		t.Fatal(err)
	}
	// The ledger says wrong: as if an edit had left no trace at all.
	led, err := openLedger(l.Dir(), o.Bucket.Target())
	if err != nil {
		t.Fatal(err)
	}
	key := "raw/" + day + "001.json"
	l.edit(key)
	for f, err := range walk(t.Context(), l.Dir()) {
		if err != nil {
			t.Fatal(err)
		}
		for e := range led.entries(key) {
			if f.key == key {
				e.stamp = f.stamp
				if err := led.note(e); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := led.close(); err != nil {
		t.Fatal(err)
	}
	o.Check = false
	if r := synced(t, o); r.Unchanged.Files != 3 {
		t.Errorf("the ledger is not believed: %+v", r)
	}
	o.Check = true
	if r, err := Sync(t.Context(), o); tpe.CodeOf(err) != tpe.Mismatch || r.Corrected.Files != 1 {
		t.Errorf("a check does not find a wrong ledger: %+v %v", r, err)
	}
	seen.take()
	o.Check = false
	if r := synced(t, o); r.Replaced.Files != 1 {
		t.Errorf("after the check: %+v", r)
	}
	equal(t, l, s)
}

func TestASpoiledSegmentStaysOut(t *testing.T) {
	s, p, _ := start(t)
	l := newTestLake(t)
	l.put(segment, `{"interaction_id":"a"}`+"\n")
	o := options(l, s, p)
	synced(t, o)
	before, err := os.ReadFile(s.Path(segment))
	if err != nil {
		t.Fatal(err)
	}
	l.edit(segment)
	if r, err := Sync(t.Context(), o); tpe.CodeOf(err) != tpe.Mismatch || r.Refused.Files != 1 {
		t.Errorf("%+v %v", r, err)
	}
	if after, err := os.ReadFile(s.Path(segment)); err != nil || string(after) != string(before) {
		t.Errorf("the copy was replaced: %v", err)
	}
}

const parquet = "parquet/" + day

func rowsName(i int) string { return fmt.Sprintf("rows-0001-%016x.parquet", i) }

func (l *testLake) compacted(i int) {
	l.t.Helper()
	l.put(parquet+rowsName(i), fmt.Sprint("rows ", i))
	l.put(parquet+manifestName, fmt.Sprintf(`{"version":1,"files":[{"name":%q}]}`, rowsName(i)))
	if err := os.Remove(l.path(parquet + rowsName(i-1))); err != nil && !errors.Is(err, os.ErrNotExist) {
		l.t.Fatal(err)
	}
}

func TestParquetChangesHandsInOrder(t *testing.T) {
	s, p, seen := start(t)
	l := newTestLake(t)
	l.compacted(1)
	o := options(l, s, p)
	synced(t, o)
	l.compacted(2)
	seen.take()
	if r := synced(t, o); r.Deleted.Files != 1 || r.Uploaded.Files != 1 || r.Replaced.Files != 1 {
		t.Errorf("%+v", r)
	}
	var got []string
	for _, r := range seen.take() {
		if verb, key, _ := strings.Cut(r, " "); verb == "PUT" || verb == "DELETE" {
			got = append(got, verb+" "+strings.TrimPrefix(key, parquet))
		}
	}
	if want := []string{"PUT " + rowsName(2), "PUT " + manifestName, "DELETE " + rowsName(1)}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	equal(t, l, s)

	// A file that the manifest names and that is lost here stays there.
	if err := os.Remove(l.path(parquet + rowsName(2))); err != nil {
		t.Fatal(err)
	}
	if r := synced(t, o); r.Deleted.Files != 0 || r.Kept.Files != 1 {
		t.Errorf("a lost file: %+v", r)
	}
}

// A file that cannot be read stops nothing but what must change hands after
// it. It is told, it counts as pending, and it is tried again.
func TestUnreadableFiles(t *testing.T) {
	for name, once := range map[string]func(*Shipper, Options) error{
		"sync": func(_ *Shipper, o Options) error { _, err := Sync(t.Context(), o); return err },
		"ship": func(sh *Shipper, _ Options) error { return sh.Once(t.Context()) },
	} {
		s, p, seen := start(t)
		l := newTestLake(t)
		l.fill(1)
		l.compacted(1)
		o := options(l, s, p)
		now := time.Now()
		o.Now = func() time.Time { return now }
		sh := NewShipper(o)
		if err := once(sh, o); err != nil {
			t.Fatal(err)
		}
		l.compacted(2)
		lost := []string{"raw/" + day + "lost.json", parquet + rowsName(2)}
		_ = os.Remove(l.path(lost[1]))
		for _, key := range lost {
			if err := os.Symlink("nowhere", l.path(key)); err != nil {
				t.Fatal(err)
			}
		}
		l.fill(9)
		l.put("receipts/r.ndjson", "{}")
		now = now.Add(10 * time.Second)
		for range 2 {
			seen.take()
			if err := once(sh, o); !isUnreadable(err) || !strings.Contains(err.Error(), "23/") {
				t.Errorf("%s: %v", name, err)
			}
			objects := s.Objects()
			if _, old := objects[parquet+rowsName(1)]; len(objects) != 12 || !old {
				t.Errorf("%s: the bucket has %v", name, objects)
			}
			if text, err := os.ReadFile(s.Path(parquet + manifestName)); err != nil || !strings.Contains(string(text), rowsName(1)) {
				t.Errorf("%s: the manifest is %s, %v", name, text, err)
			}
		}
		if got := seen.take(); count(got, "PUT") != 0 || name == "ship" && len(got) > 2 {
			t.Errorf("%s: the second time costs %q", name, got)
		}
		if lag := sh.Lag(); name == "ship" && (lag.Pending != 3 || !lag.Degraded()) {
			t.Errorf("%s: %+v", name, lag)
		}
		for _, key := range lost {
			if err := os.Remove(l.path(key)); err != nil {
				t.Fatal(err)
			}
			l.put(key, "{}")
		}
		if err := once(sh, o); err != nil || sh.Lag().Degraded() || sh.Lag().Pending != 0 {
			t.Errorf("%s, mended: %v, %+v", name, err, sh.Lag())
		}
		equal(t, l, s)
	}
}

// Names may be long. What a listing cannot hold, so that it would be sent again
// each time, is refused by name.
func TestOddNames(t *testing.T) {
	s, p, _ := start(t)
	l := newTestLake(t)
	long := "raw/" + day + strings.Repeat("x", 240) + ".ndjson"
	for _, key := range []string{long, "raw/" + day + "a b+c%20&<d.json"} {
		l.put(key, "{}")
	}
	o := options(l, s, p)
	synced(t, o)
	if r := synced(t, o); r.Unchanged.Files != 2 {
		t.Errorf("%+v", r)
	}
	equal(t, l, s)
	c := Copy{Bucket: s.Open(), Dir: t.TempDir()}
	got, err := c.Fetch(t.Context(), long)
	if err != nil || !strings.HasSuffix(got.Path, "xx.ndjson") {
		t.Fatal(got.Path, err)
	}
	got.Release()
	for _, name := range []string{"\xff.json", "bell\a.json"} {
		l.put("raw/"+day+name, "{}")
		if _, err := Sync(t.Context(), o); tpe.CodeOf(err) != tpe.Invalid || !strings.Contains(err.Error(), fmt.Sprintf("%q", l.path("raw/"+day+name))) {
			t.Errorf("%q: %v", name, err)
		}
		if err := os.Remove(l.path("raw/" + day + name)); err != nil {
			t.Fatal(err)
		}
	}
}

// A day that was compacted in the bucket, from raw files that the lake's own
// Parquet does not have, is not put back to what the lake has.
func TestNewerParquetInTheBucketStays(t *testing.T) {
	s, p, _ := start(t)
	l := newTestLake(t)
	l.fill(2)
	l.compacted(1)
	o := options(l, s, p)
	synced(t, o)
	b := s.Open()
	put := func(key, text string) {
		t.Helper()
		if _, _, err := b.Put(t.Context(), key, []byte(text), bucket.Condition{}); err != nil {
			t.Fatal(err)
		}
	}
	newer := fmt.Sprintf(`{"version":1,"files":[{"name":%q}],"inputs":[{"name":"%sother.json"}]}`, rowsName(7), day)
	put("raw/"+day+"other.json", "{}")
	put(parquet+rowsName(7), "rows 7")
	put(parquet+manifestName, newer)
	l.compacted(2)
	before := s.Objects()
	for name, once := range map[string]func() error{
		"sync": func() error { _, err := Sync(t.Context(), o); return err },
		"ship": func() error { // by the ledger alone
			sh := NewShipper(o)
			return errors.Join(sh.look(t.Context()), sh.ship(t.Context(), new(Report)))
		},
	} {
		if err := once(); name == "sync" && tpe.CodeOf(err) != tpe.Mismatch {
			t.Errorf("%s: %v", name, err)
		}
		if text, err := os.ReadFile(s.Path(parquet + manifestName)); err != nil || string(text) != newer || len(s.Objects()) != len(before) {
			t.Errorf("%s: the bucket has %s", name, text)
		}
	}
	// Without that raw file the lake has all that counts.
	if err := b.Delete(t.Context(), "raw/"+day+"other.json"); err != nil {
		t.Fatal(err)
	}
	if r := synced(t, o); r.Replaced.Files != 1 || r.Deleted.Files != 2 {
		t.Errorf("%+v", r)
	}
	equal(t, l, s)
}

// An object that changes between the listing and the put is looked at again.
func TestSyncBesideAnother(t *testing.T) {
	s, p, _ := start(t)
	l := newTestLake(t)
	l.put("receipts/a.ndjson", "one")
	o := options(l, s, p)
	synced(t, o)
	l.put("receipts/a.ndjson", "one two")
	l.put("receipts/b.ndjson", "new")
	var other sync.Map
	note := p.Refuse
	p.Refuse = func(r *http.Request) (int, string) {
		if _, name, ok := strings.Cut(r.URL.Path, "receipts/"); ok && r.Method == http.MethodPut {
			key := "receipts/" + name
			if _, again := other.LoadOrStore(key, true); !again {
				if _, _, err := s.Open().Put(t.Context(), key, []byte("of another"), bucket.Condition{}); err != nil {
					t.Error(err)
				}
			}
		}
		return note(r)
	}
	if r := synced(t, o); r.Failed.Files != 0 {
		t.Errorf("%+v", r)
	}
	equal(t, l, s)
}

func TestInterruptedSyncsFinish(t *testing.T) {
	s, p, seen := start(t)
	l := newTestLake(t)
	l.fill(60)
	o := options(l, s, p)
	var puts atomic.Int64
	note := p.Refuse
	p.Refuse = func(r *http.Request) (int, string) {
		if r.Method == http.MethodPut && puts.Add(1) > 15 {
			return http.StatusForbidden, "AccessDenied"
		}
		return note(r)
	}
	for range 3 { // each gets 15 files further
		puts.Store(0)
		if _, err := Sync(t.Context(), o); tpe.CodeOf(err) != tpe.Forbidden {
			t.Fatalf("%v", err)
		}
	}
	puts.Store(-1000)
	ended, cancel := context.WithCancel(t.Context())
	o.Each = func(Action) { cancel() }
	if _, err := Sync(ended, o); !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v", err)
	}
	o.Each = nil
	synced(t, o)
	equal(t, l, s)
	sent := map[string]int{}
	for _, r := range seen.take() {
		if strings.HasPrefix(r, "PUT") {
			sent[r]++
		}
	}
	twice := 0
	for _, n := range sent {
		twice += n - 1
	}
	if len(sent) != 60 || twice > 2*DefaultMost/4 { // those under way at the interrupt
		t.Errorf("%d files were sent, %d of them again", len(sent), twice)
	}
	if r := synced(t, o); r.Unchanged.Files != 60 {
		t.Errorf("%+v", r)
	}
}

func TestTwoAtOnce(t *testing.T) {
	s, p, _ := start(t)
	l := newTestLake(t)
	l.fill(100)
	l.compacted(1)
	var wg sync.WaitGroup
	reports := make([]Report, 3)
	for i := range reports {
		wg.Go(func() {
			var err error
			if reports[i], err = Sync(t.Context(), options(l, s, p)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	equal(t, l, s)
	if r := synced(t, options(l, s, p)); r.Uploaded.Files+r.Replaced.Files != 0 {
		t.Errorf("%+v", r)
	}
}

func TestServerComesBack(t *testing.T) {
	s, p, _ := start(t)
	l := newTestLake(t)
	l.fill(50)
	o := options(l, s, p)
	o.Bucket = s.Open(func(b *bucket.Options) { b.Attempts = 60 })
	first := make(chan struct{})
	o.Each = func(Action) {
		select {
		case <-first:
		default:
			close(first)
		}
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { // when the first answer is there, others are under way
		<-first
		s.Restart()
	})
	synced(t, o)
	equal(t, l, s)
}

func TestFaultsAreTold(t *testing.T) {
	s, p, _ := start(t)
	l := newTestLake(t)
	l.fill(2)
	for _, c := range []struct {
		name   string
		change func(*bucket.Options)
		code   tpe.Code
	}{
		{"a wrong key", func(o *bucket.Options) { o.SecretAccessKey = "wrong" }, tpe.Forbidden},
		{"no bucket", func(o *bucket.Options) { o.Name = "no-such-bucket" }, tpe.Unavailable},
		{"no server", func(o *bucket.Options) { o.Endpoint, o.Attempts = "http://127.0.0.1:1", 2 }, tpe.Unavailable},
	} {
		o := options(l, s, p)
		o.Bucket = s.Open(c.change)
		if _, err := Sync(t.Context(), o); tpe.CodeOf(err) != c.code || tpe.HintOf(err) == "" {
			t.Errorf("%s: %s %v", c.name, tpe.CodeOf(err), err)
		}
	}
	if r := synced(t, options(l, s, p)); r.Uploaded.Files != 2 {
		t.Errorf("%+v", r)
	}
}

// A folder of the lake may lie on another disk, and a file be a link. A link
// to a folder further down, and one that leads nowhere, is refused by name.
func TestLinks(t *testing.T) {
	s, p, _ := start(t)
	l := newTestLake(t)
	l.fill(3)
	elsewhere := t.TempDir()
	if err := os.Rename(l.path("raw"), filepath.Join(elsewhere, "raw")); err != nil {
		t.Fatal(err)
	}
	link := func(to, key string) {
		t.Helper()
		if err := os.Symlink(to, l.path(key)); err != nil {
			t.Fatal(err)
		}
	}
	link(filepath.Join(elsewhere, "raw"), "raw")
	link("002.json", "raw/"+day+"link.json")
	o := options(l, s, p)
	if r := synced(t, o); r.Uploaded.Files != 4 {
		t.Errorf("%+v", r)
	}
	equal(t, l, s)
	for key, to := range map[string]string{"raw/year=2026/month=11/day=24": elsewhere, "raw/" + day + "nowhere.json": "nothing"} {
		link(to, key)
		if _, err := Sync(t.Context(), o); err == nil || !strings.Contains(err.Error(), path.Base(key)) {
			t.Errorf("%s: %v", key, err)
		}
		if err := os.Remove(l.path(key)); err != nil {
			t.Fatal(err)
		}
	}
}

// Who may only read a lake syncs it, and the ledger of another user is taken
// over by whom the folder belongs to.
func TestSyncByOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can act for others")
	}
	const owner, reader = 65534, 65533
	s, p, _ := start(t)
	l := newTestLake(t)
	o := options(l, s, p)
	l.put(segment, "x")
	chown := func() {
		t.Helper()
		for path := l.path(segment); strings.HasPrefix(path, l.Dir()); path = filepath.Dir(path) {
			if err := errors.Join(os.Chown(path, owner, owner), os.Chmod(path, 0o755), os.Chmod(filepath.Dir(l.Dir()), 0o755)); err != nil {
				t.Fatal(err)
			}
		}
	}
	chown()
	as := func(uid int) Report {
		t.Helper()
		if err := syscall.Seteuid(uid); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := syscall.Seteuid(0); err != nil {
				t.Fatal(err)
			}
		}()
		return synced(t, o)
	}
	if r := as(reader); r.Uploaded.Files != 1 {
		t.Errorf("a reader: %+v", r)
	}
	l.put("raw/"+day+"1.json", "1")
	synced(t, o)
	ledger := newLedger(l.Dir(), o.Bucket.Target())
	l.put("raw/"+day+"2.json", "2")
	synced(t, o)
	for _, name := range []string{"lock", objectsFile, recentFile} { // root's, as earlier versions left it
		f, err := os.OpenFile(ledger.path(name), os.O_CREATE, 0o644)
		if err == nil {
			err = errors.Join(f.Close(), os.Chown(f.Name(), 0, 0))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := filepath.WalkDir(l.Dir(), func(path string, _ fs.DirEntry, err error) error { // a lake for others to read
		return errors.Join(err, os.Chmod(path, 0o755))
	}); err != nil {
		t.Fatal(err)
	}
	for _, uid := range []int{reader, owner} {
		if r := as(uid); r.Unchanged.Files+r.Touched.Files != 3 || r.Unkept != (uid == reader) {
			t.Errorf("user %d: %+v", uid, r)
		}
	}
	if info, err := os.Stat(ledger.path(objectsFile)); err != nil || info.Sys().(*syscall.Stat_t).Uid != owner { //nolint:forcetypeassert // it is one
		t.Errorf("%v, %v", info, err)
	}
}
