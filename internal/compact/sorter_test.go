package compact

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestSorter(t *testing.T) {
	dir := t.TempDir()
	s := newSorter(0)
	for _, limit := range []int{1 << 30, 5000, 300, 1} {
		s.limit = limit
		for _, n := range []int{0, 1, 17, 700} {
			r := rand.New(rand.NewPCG(uint64(limit), uint64(n)))
			type added struct {
				k      key
				record string
			}
			var all []added
			s.reset(dir)
			for i := range n {
				a := added{
					key{[]byte(strings.Repeat("t", r.IntN(3))), int64(r.IntN(5)) - 2, fmt.Appendf(nil, "%0*d", r.IntN(12), r.IntN(3))},
					fmt.Sprintf("record %d %s", i, strings.Repeat("x", r.IntN(30)*r.IntN(30))),
				}
				if r.IntN(9) == 0 {
					a.k.ms, a.k.id = noTime, nil
				}
				all = append(all, a)
				if err := s.add(a.k, []byte(a.record), i); err != nil {
					t.Fatal(err)
				}
			}
			slices.SortStableFunc(all, func(a, b added) int { return compareKeys(a.k, b.k) })
			i := 0
			for got, err := range s.all() {
				if err != nil {
					t.Fatal(err)
				}
				want := all[i]
				if compareKeys(got.key, want.k) != 0 || string(got.record) != want.record || !strings.HasPrefix(want.record, fmt.Sprintf("record %d ", got.origin)) {
					t.Fatalf("limit %d, %d of %d: %v %q, want %v", limit, i, n, got.key, got.record, want)
				}
				i++
			}
			if i != n {
				t.Fatalf("limit %d: %d of %d", limit, i, n)
			}
			if limit == 1 && n == 700 && len(s.runs) > 2*fanIn {
				t.Errorf("%d runs are open", len(s.runs))
			}
		}
	}
	s.reset(dir)
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Error(files, err)
	}
}

// Types with many records have blocks of their own, and records with the same
// key come in the order in which they were added all the same.
func TestSorterOfLargeTypes(t *testing.T) {
	s := newSorter(1 << 30)
	s.reset(t.TempDir())
	const n = 3000
	for i := range n {
		record := fmt.Sprintf("%d %*d", i, 3000*(1+i%3), i)
		if i == n/2 {
			record = fmt.Sprintf("%d %*d", i, 2*blockBytes, i)
		}
		if err := s.add(key{typ: fmt.Append(nil, i%3)}, []byte(record), 0); err != nil {
			t.Fatal(err)
		}
	}
	i := 0
	for got, err := range s.all() {
		typ, at := i/(n/3), i%(n/3)
		if err != nil || string(got.typ) != fmt.Sprint(typ) || !bytes.HasPrefix(got.record, fmt.Appendf(nil, "%d ", 3*at+typ)) {
			t.Fatalf("%d: %q %.9q, %v", i, got.typ, got.record, err)
		}
		i++
	}
	if i != n {
		t.Errorf("%d of %d", i, n)
	}
	seen := map[int32]string{}
	for name, b := range s.buckets {
		for _, it := range b.items[len(b.items)/2:] {
			if other, ok := seen[it.block]; ok && other != name {
				t.Fatalf("types %s and %s share block %d", name, other, it.block)
			}
			seen[it.block] = name
		}
	}
}

// An enormous record does not hold its memory, nor do many types.
func TestSorterLetsGo(t *testing.T) {
	s := newSorter(1 << 30)
	s.reset(t.TempDir())
	big := bytes.Repeat([]byte("x"), 3*blockBytes)
	for i := range 2 * maxBuckets {
		if err := s.add(key{typ: fmt.Append(nil, i)}, []byte("small"), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.add(key{}, big, 0); err != nil {
		t.Fatal(err)
	}
	s.reset("")
	if len(s.buckets) != 0 || len(s.blocks) != 1 || cap(s.blocks[0]) != blockBytes {
		t.Error(len(s.buckets), len(s.blocks))
	}
}

func TestSorterWithoutDisk(t *testing.T) {
	s := newSorter(1)
	s.reset("/does/not/exist")
	err := errors.Join(s.add(key{}, []byte("a"), 0), s.add(key{}, []byte("b"), 0))
	if !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
