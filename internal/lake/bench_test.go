package lake

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// One operation of these benchmarks is one record of about 900 bytes,
// cpu-µs/op is what the whole process used of the processor for it.

// Records one by one from 64 callers, each on disk before the next.
func BenchmarkAppendDisk64(b *testing.B) { benchmarkAppend(b, Disk, 64, 1) }

// Records one by one from 64 callers, each with the system before the next.
func BenchmarkAppendSystem64(b *testing.B) { benchmarkAppend(b, System, 64, 1) }

// Batches of 1,000 records from two callers, sealing included.
func BenchmarkAppendBulk(b *testing.B) { benchmarkAppend(b, Buffered, 2, 1000) }

func benchmarkAppend(b *testing.B, d Durability, callers, batch int) {
	w := openWriter(b, openLake(b, Options{}))
	measure(b, callers, batch, func(recs []redact.Clean) error {
		_, err := w.Append(context.Background(), d, recs...)
		return err
	}, func() { closeWriter(b, w) })
}

// The floor of BenchmarkAppendDisk64: the same lines in one file, one write
// and one sync for all callers that wait, and nothing else.
func BenchmarkFloorDisk64(b *testing.B) {
	f, err := osDisk{}.open(filepath.Join(b.TempDir(), "x"), os.O_RDWR|os.O_CREATE)
	if err != nil {
		b.Fatal(err)
	}
	type group struct {
		done chan struct{}
		err  error
	}
	var mu sync.Mutex
	var lines, spare []byte
	g := &group{done: make(chan struct{})}
	kick := make(chan struct{}, 1)
	go func() {
		at := int64(0)
		for range kick {
			mu.Lock()
			mine, text := g, lines
			g, lines = &group{done: make(chan struct{})}, spare[:0]
			mu.Unlock()
			if _, mine.err = f.WriteAt(text, at); mine.err == nil {
				mine.err = f.datasync()
			}
			at += int64(len(text))
			spare = text
			close(mine.done)
		}
	}()
	measure(b, 64, 1, func(recs []redact.Clean) error {
		mu.Lock()
		lines = append(append(lines, recs[0].JSON()...), '\n')
		mine := g
		mu.Unlock()
		signal(kick)
		<-mine.done
		return mine.err
	}, func() { close(kick) })
}

// measure runs b.N records through add, from so many callers in such
// batches, and then end.
func measure(b *testing.B, callers, batch int, add func([]redact.Clean) error, end func()) {
	note := strings.Repeat("lorem ipsum dolor sit amet ", 25)
	var running sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	before := cpuTime()
	for range callers {
		running.Go(func() {
			tapes := make([]tape.Tape, batch)
			texts := make([][]byte, batch)
			recs := make([]redact.Clean, batch)
			for i := range recs {
				texts[i] = []byte(rec{note: note}.json())
				if err := tapes[i].Parse(texts[i]); err != nil {
					b.Error(err)
				}
				recs[i], _ = gate().Record(&tapes[i])
			}
			for n := b.N / callers / batch; n >= 0; n-- {
				for i := range recs {
					copy(texts[i][len(`{"interaction_id":"`):], tpe.NewID().String())
				}
				if err := add(recs); err != nil {
					b.Error(err)
				}
			}
		})
	}
	running.Wait()
	end()
	b.ReportMetric(float64(cpuTime()-before)/float64(b.N)/1000, "cpu-µs/op")
}
