package lake

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"
)

// Readers go on while segments are written and sealed under their eyes:
// whatever was answered before they began is there, once.
func TestReadWhileWriting(t *testing.T) {
	l := openLake(t, Options{Dir: memoryDir(t), SealBytes: 8000})
	w := openWriter(t, l)
	var mu sync.Mutex
	var answered []string
	var writing sync.WaitGroup
	more := make(chan struct{}, 100) // lets the writers go on, round by round
	for g := range 2 {
		writing.Go(func() {
			for range more {
				recs := newRecs(5, noon.Add(time.Duration(g*24)*time.Hour))
				if _, err := w.Append(context.Background(), System, cleanAll(t, recs)...); err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				answered = append(answered, idsOf(recs)...)
				mu.Unlock()
			}
		})
	}
	for range 15 {
		for range 40 {
			more <- struct{}{}
		}
		mu.Lock()
		before := answered[:len(answered):len(answered)]
		mu.Unlock()
		there := map[string]int{}
		for _, id := range read(t, l, Filter{}) {
			there[id]++
		}
		for id, n := range there {
			if n != 1 {
				t.Errorf("%s is there %d times", id, n)
			}
		}
		for _, id := range before {
			if there[id] == 0 {
				t.Errorf("%s is missing", id)
			}
		}
		s, err := l.Status(context.Background())
		if err != nil || s.Total.Records < uint64(len(before)) {
			t.Errorf("%d records after %d were answered, %v", s.Total.Records, len(before), err)
		}
		for _, day := range []Day{DayOf(noon), DayOf(noon) + 1} {
			if _, err := l.Segments(context.Background(), day); err != nil {
				t.Error(err)
			}
		}
		if report, faults := verify(t, l); !report.OK {
			t.Errorf("%+v\n%v", report, faults)
		}
		if t.Failed() {
			break
		}
	}
	close(more)
	writing.Wait()
	closeWriter(t, w)
	if got := mustAddUp(t, l).Total.Stored; got != uint64(len(answered)) {
		t.Errorf("%d are stored, %d were answered", got, len(answered))
	}
}

// A writer that runs adopts what another one leaves when it dies.
func TestAdoptWhileRunning(t *testing.T) {
	l := openLake(t, Options{Dir: memoryDir(t), SealAge: time.Second})
	w := openWriter(t, l)
	recs := newRecs(3, noon)
	put(t, w, Disk, repeat(New, 1), recs[0])
	name := newNamer().next(noon)
	write(t, l.Dir(), "raw/"+DayOf(noon).Folder()+"/"+name+openEnding, recs[1].json()+"\n"+recs[2].json()+"\n{")
	waitFor(t, func() bool {
		s, err := l.Segments(context.Background(), DayOf(noon))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range s {
			if s.Name == name && s.State == StateSealed {
				return strings.HasSuffix(s.Path, zstdEnding) && s.Records == 2
			}
		}
		return false
	})
	put(t, w, Disk, repeat(New, 1), newRecs(1, noon)...)
	closeWriter(t, w)
	mustAddUp(t, l)
}
