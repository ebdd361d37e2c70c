package lake

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// Day is a day of UTC, counted from 1970-01-01.
type Day int32

const dayMillis = 24 * 60 * 60 * 1000

// The first and the last day that a timestamp of the contract can name.
const (
	minDay Day = -719528 // 0000-01-01
	maxDay Day = 2932896 // 9999-12-31
)

// NoDay stands where there is no day. It is written as nothing.
const NoDay Day = math.MinInt32

// IsZero reports whether there is no day, for encoders that leave it out.
func (d Day) IsZero() bool { return d == NoDay }

// DayOf returns the day on which t lies in UTC.
func DayOf(t time.Time) Day { return dayOfMillis(t.UnixMilli()) }

// dayOfMillis returns the day of a time in milliseconds since 1970.
func dayOfMillis(ms int64) Day {
	d := ms / dayMillis
	if ms%dayMillis < 0 {
		d--
	}
	return Day(d)
}

// ParseDay reads YYYY-MM-DD. The error is of the code Misuse.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, &tpe.Error{Code: tpe.Misuse, Message: fmt.Sprintf("%q is no day", s), Hint: "write YYYY-MM-DD"}
	}
	return DayOf(t), nil
}

// Start returns the first instant of the day.
func (d Day) Start() time.Time { return time.UnixMilli(int64(d) * dayMillis).UTC() }

// String returns the day as YYYY-MM-DD.
func (d Day) String() string {
	if d == NoDay {
		return ""
	}
	return d.Start().Format(time.DateOnly)
}

// MarshalText writes the day as YYYY-MM-DD.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD.
func (d *Day) UnmarshalText(b []byte) error {
	v, err := ParseDay(string(b))
	if err == nil {
		*d = v
	}
	return err
}

// Folder returns the day's folder, relative to raw, parquet and the like,
// with slashes.
func (d Day) Folder() string { return d.Start().Format("year=2006/month=01/day=02") }

// dayOfFolder finds the day in a path relative to raw: year=/month=/day= or
// YYYY/MM/DD, and anything below it.
func dayOfFolder(rel string) (Day, bool) {
	parts := strings.SplitN(rel, "/", 4)
	if len(parts) < 3 {
		return 0, false
	}
	var ymd [3]int
	for i, key := range [3]string{"year=", "month=", "day="} {
		text := strings.TrimPrefix(parts[i], key)
		width := 2
		if i == 0 {
			width = 4
		}
		v, err := strconv.ParseUint(text, 10, 16)
		if err != nil || len(text) != width {
			return 0, false
		}
		ymd[i] = int(v)
	}
	t := time.Date(ymd[0], time.Month(ymd[1]), ymd[2], 0, 0, 0, 0, time.UTC)
	if t.Month() != time.Month(ymd[1]) || t.Day() != ymd[2] {
		return 0, false
	}
	return DayOf(t), true
}
