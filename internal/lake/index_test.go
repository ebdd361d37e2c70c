package lake

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// randomRows returns rows with few different prefixes and hashes, so that
// keys share fences and ids have several contents.
func randomRows(r *rand.Rand, n int) []row {
	rows := make([]row, n)
	for i := range rows {
		var k key
		binary.BigEndian.PutUint64(k[:8], uint64(r.IntN(1+n/200)))
		binary.BigEndian.PutUint64(k[8:], uint64(r.IntN(max(1, n*3/4))))
		rows[i] = row{
			entry: entry{key: k, hash: uint64(r.IntN(3)), ms: noon.UnixMilli() + int64(r.IntN(1000)), typ: uint32(r.IntN(3)), flags: uint8(r.IntN(2))},
			line:  uint32(i),
		}
	}
	return rows
}

func TestIndexHoldsWhatWasWritten(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, fenceEvery, fenceEvery + 1, 5000} {
		l := openLake(t, Options{})
		rows := randomRows(r, n)
		path := filepath.Join(l.Dir(), "a", "x.idx")
		types := []string{"a", "b", "c"}
		if _, err := l.writeIndex(path, slices.Clone(rows), indexHead{Types: types, Digest: 7, Bytes: 8}); err != nil {
			t.Fatal(err)
		}
		x, err := openIndex(path)
		if err != nil {
			t.Fatal(err)
		}
		if x.Count != uint64(n) || x.Digest != 7 || x.Bytes != 8 || !slices.Equal(x.Types, types) {
			t.Errorf("head %+v", x.indexHead)
		}
		want := slices.Clone(rows)
		sortRows(want)
		rd, err := x.rows(100)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; ; i++ {
			var got row
			more, err := rd.next(&got)
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				if i != n {
					t.Errorf("%d rows, want %d", i, n)
				}
				break
			}
			if got != want[i] {
				t.Fatalf("row %d is %+v, want %+v", i, got, want[i])
			}
		}
		rd.close()

		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		known := map[key]map[uint64]bool{}
		for _, r := range rows {
			if known[r.key] == nil {
				known[r.key] = map[uint64]bool{}
			}
			known[r.key][r.hash] = true
		}
		for _, probe := range append(randomRows(r, 2000), rows...) {
			want := unknown
			if known[probe.key] != nil {
				want = differs
			}
			if known[probe.key][probe.hash] {
				want = equal
			}
			got, err := x.lookup(f, &probe.key, probe.hash)
			if err != nil || got != want {
				t.Fatalf("%d rows: %v is %v, %v, want %v", n, probe.key, got, err, want)
			}
			if want != unknown && !x.bloom.has(&probe.key) {
				t.Fatalf("the bloom filter lost %v", probe.key)
			}
		}
	}
}

func TestBloomSeldomErrs(t *testing.T) {
	const n = 100_000
	r := rand.New(rand.NewPCG(3, 4))
	// Version 7 ids: the first half hardly differs.
	id := func() (k key) {
		binary.BigEndian.PutUint64(k[:8], uint64(time.Now().UnixMilli())<<16|0x7000|uint64(r.IntN(16)))
		binary.BigEndian.PutUint64(k[8:], r.Uint64())
		return k
	}
	b := newBloom(n)
	for range n {
		k := id()
		b.add(&k)
	}
	wrong := 0
	for range n {
		k := id()
		if b.has(&k) {
			wrong++
		}
	}
	if wrong > n/200 {
		t.Errorf("%d of %d keys seem to be there", wrong, n)
	}
}

// The table agrees with a map, also after chunks were taken back.
func TestTable(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		var tb table
		var kept []entry
		for range 20 {
			before := len(kept)
			for _, rw := range randomRows(r, r.IntN(60)) {
				tb.add(rw.entry, "t")
				rw.typ = 0
				kept = append(kept, rw.entry)
			}
			if r.IntN(3) == 0 {
				kept = kept[:before]
				tb.cut(before)
			}
			for _, probe := range append(randomRows(r, 20), asRows(kept)...) {
				want := unknown
				for _, e := range kept {
					if e.key == probe.key {
						want = max(want, differs)
						if e.hash == probe.hash {
							want = equal
						}
					}
				}
				if got := tb.find(&probe.key, probe.hash); got != want {
					t.Fatalf("got %v, want %v", got, want)
				}
			}
			if !slices.Equal(tb.entries, kept) {
				t.Fatal("entries differ")
			}
		}
	}
}

func asRows(entries []entry) (rows []row) {
	for _, e := range entries {
		rows = append(rows, row{entry: e})
	}
	return rows
}

func TestSorterSpills(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	rows := randomRows(r, 1000)
	s := newSorter(t.TempDir())
	s.limit = 64
	for i := range rows {
		if err := s.add(&rows[i]); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.runs) != 15 {
		t.Errorf("%d runs", len(s.runs))
	}
	var got []row
	twice, more := 0, 0
	err := merge(s.cursors(), func(r *row, again, other bool) error {
		got = append(got, *r)
		if again {
			twice++
		}
		if other {
			more++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	sortRows(rows)
	if !slices.Equal(got, rows) {
		t.Error("the rows differ")
	}
	contents, keys := map[entry]bool{}, map[key]bool{}
	for _, r := range rows {
		contents[entry{key: r.key, hash: r.hash}] = true
		keys[r.key] = true
	}
	if twice != len(rows)-len(contents) || more != len(contents)-len(keys) {
		t.Errorf("%d again, %d other", twice, more)
	}
}

func TestBrokenIndexIsMadeAgain(t *testing.T) {
	l := openLake(t, Options{})
	w := openWriter(t, l)
	recs := newRecs(5, noon)
	put(t, w, Disk, repeat(New, 5), recs...)
	closeWriter(t, w)
	s := onlySegment(t, l, DayOf(noon))
	path := l.indexPath(s.Day, s.Name)
	if err := os.WriteFile(path, []byte("nothing"), 0o644); err != nil {
		t.Fatal(err)
	}
	w = openWriter(t, l)
	put(t, w, Disk, repeat(Duplicate, 5), recs...)
	closeWriter(t, w)
	mustAddUp(t, l)
}

// Verify finds rows that were changed, and makes the index again.
func TestVerifyMakesABrokenIndexAgain(t *testing.T) {
	l := openLake(t, Options{})
	w := openWriter(t, l)
	put(t, w, Disk, repeat(New, 5), newRecs(5, noon)...)
	closeWriter(t, w)
	s := onlySegment(t, l, DayOf(noon))
	path := l.indexPath(s.Day, s.Name)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[len(indexMagic)+20] ^= 1
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	for r, err := range l.Records(context.Background(), Filter{Type: tpe.TypePageView}) {
		if err == nil || tpe.HintOf(err) == "" {
			t.Fatalf("%v, %v", r, err)
		}
	}
	mustAddUp(t, l)
	if n := len(read(t, l, Filter{Type: tpe.TypePageView})); n != 5 {
		t.Errorf("%d records", n)
	}
}

// A parser of an index neither fails nor takes memory beyond its input, and
// refuses what was changed.
func FuzzIndex(f *testing.F) {
	l := openLake(f, Options{})
	path := filepath.Join(l.Dir(), "x.idx")
	head := indexHead{Types: []string{"a", "b", "c"}, Files: []indexFile{{Name: "f", Size: 1, ModTime: 2, Damaged: 3}}}
	if _, err := l.writeIndex(path, randomRows(rand.New(rand.NewPCG(9, 10)), 10), head); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(indexMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := readIndex(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			if !errors.Is(err, errIndex) {
				t.Error(err)
			}
			return
		}
		k := key{1}
		if _, err := x.lookup(bytes.NewReader(b), &k, 1); err != nil {
			t.Error(err)
		}
	})
}

// The decoder of the head is fuzzed without the sum that protects it.
func FuzzIndexHead(f *testing.F) {
	head := indexHead{
		Types: []string{"a", "b"}, Tallies: make([]tally, 2), Files: []indexFile{{Name: "f"}},
		Days: []Day{1, 2}, fences: []uint64{1}, bloom: newBloom(3),
	}
	f.Add(head.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		d := decoder{b: b}
		var h indexHead
		h.decode(&d)
		if d.failed {
			return
		}
		var again indexHead
		e := decoder{b: h.encode()}
		again.decode(&e)
		if e.failed || again.Count != h.Count || !slices.Equal(again.Types, h.Types) || !slices.Equal(again.Days, h.Days) {
			t.Errorf("%+v is read back as %+v", h, again)
		}
	})
}

func FuzzSegmentName(f *testing.F) {
	name := newNamer().next(noon)
	for _, s := range []string{name + openEnding, name + zstdEnding, name + rawEnding, name + zstdEnding + tmpEnding, "daily_summary.jsonl", "part-0.ndjson", "--.ndjson"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, state, ok := splitName(s)
		if !ok {
			return
		}
		if state != StateOpen && state != StateSealed {
			t.Errorf("%q is %q", s, state)
		}
		if filepath.Base(s) != s || !isSegmentName(name) {
			t.Errorf("%q passes as the name of a segment", s)
		}
	})
}

func FuzzDayOfFolder(f *testing.F) {
	for _, s := range []string{"year=2026/month=11/day=23", "2026/11/23", "2026/11/23/x", "year=2026/month=02/day=30", "year=2026/month=1/day=2", "0000/01/01", "9999/12/31"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := dayOfFolder(s)
		if !ok {
			return
		}
		if d < minDay || d > maxDay {
			t.Errorf("%q is day %d", s, d)
		}
		if again, ok := dayOfFolder(d.Folder()); !ok || again != d {
			t.Errorf("%q is %v, its folder %q is %v", s, d, d.Folder(), again)
		}
	})
}

func TestDays(t *testing.T) {
	for _, tc := range []struct {
		ms   int64
		want string
	}{{0, "1970-01-01"}, {-1, "1969-12-31"}, {dayMillis - 1, "1970-01-01"}, {dayMillis, "1970-01-02"}} {
		if got := dayOfMillis(tc.ms).String(); got != tc.want {
			t.Errorf("%d: %s, want %s", tc.ms, got, tc.want)
		}
	}
	if minDay.String() != "0000-01-01" || maxDay.String() != "9999-12-31" {
		t.Errorf("%s to %s", minDay, maxDay)
	}
	if cmp.Compare(DayOf(noon), DayOf(noon.Add(12*time.Hour))) >= 0 {
		t.Error("midnight is another day")
	}
}
