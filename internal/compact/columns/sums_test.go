package columns

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// The quick text of a double has the hash of the shortest one.
func TestAppendDecimal(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	check := func(f float64) {
		quick, shortest := appendDecimal(nil, f), appendDouble(nil, f)
		if back, err := strconv.ParseFloat(string(quick), 64); err != nil || back != f || tape.NumberHash(quick) != tape.NumberHash(shortest) {
			t.Fatalf("%s is not %s", quick, shortest)
		}
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 0.1, -0.30000000000000004, 1e11, 99999999999.9999, 1e11 - 0.0001, 1e22, 5e-324, math.MaxFloat64, 0.00005, 123456789012.3456} {
		check(f)
	}
	for range 50_000 {
		n := float64(r.Int64N(1 << r.IntN(62)))
		for _, f := range []float64{n / 10000, -n / 100, n / 3, n * math.Pi, math.Nextafter(n/10000, 0), r.NormFloat64()} {
			check(f)
		}
	}
}
