package columns

import (
	"testing"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// Each day is the first one of a clock, and follows another one.
func TestClock(t *testing.T) {
	times := []int64{time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli(), time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC).UnixMilli()}
	for day := int64(-400); day <= 400; day++ {
		times = append(times, day*dayMillis, day*dayMillis+1, (day+1)*dayMillis-1, day*1790*dayMillis+day)
	}
	var shared clock
	for _, ms := range times {
		want := tpe.FormatTime(time.UnixMilli(ms))
		if got := string(new(clock).append(nil, ms)); got != want {
			t.Errorf("%d: %q, want %q", ms, got, want)
		}
		if got := string(shared.append(nil, ms)); got != want {
			t.Errorf("%d after another day: %q, want %q", ms, got, want)
		}
	}
}
