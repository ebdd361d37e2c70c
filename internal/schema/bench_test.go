package schema

import (
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// BenchmarkCheck measures one record of about 900 bytes: the parse alone, the
// parse and the fast path, and the parse and the library. Records per second
// are of one core.
func BenchmarkCheck(b *testing.B) {
	own, lone, r := openDefault(b), openLone(b), newSampler(5)
	records := make([][]byte, 4000)
	size := 0
	for i := range records {
		records[i] = r.record()
		size += len(records[i])
	}
	run := func(name string, check func(*tape.Tape) bool) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(size / len(records)))
			var tp tape.Tape
			n := 0
			for ; b.Loop(); n++ {
				if err := tp.Parse(records[n%len(records)]); err != nil {
					b.Fatal(err)
				}
				if !check(&tp) {
					b.Fatal("not valid")
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
		})
	}
	run("parse", func(*tape.Tape) bool { return true })
	run("contract", func(tp *tape.Tape) bool { return own.Check(tp, Check{Strict: true}) == nil })
	run("closed-schema", func(tp *tape.Tape) bool { return lone.Check(tp, Check{}) == nil })
	run("library", func(tp *tape.Tape) bool {
		c, _ := own.contractOf(tp)
		return own.examine(tp, c.slow) == nil
	})
}
