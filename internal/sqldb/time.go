package sqldb

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// Time is a column that should hold a time, and may hold anything. Its JSON
// is "YYYY-MM-DD HH:MM:SS" in UTC; null when what is there is no time.
type Time struct {
	Time  time.Time // UTC
	Valid bool
}

// Scan takes any value that a driver returns.
func (t *Time) Scan(v any) error {
	t.Time, t.Valid = readTime(v)
	return nil
}

// MarshalJSON writes a string or null.
func (t Time) MarshalJSON() ([]byte, error) {
	if !t.Valid {
		return []byte("null"), nil
	}
	return json.Marshal(Stamp(t.Time))
}

// Stamp writes a time as the columns of both engines take it.
func Stamp(t time.Time) string { return t.UTC().Format(time.DateTime) }

// timeLayouts are the forms in which the old service and its front end wrote
// times. Those without a zone are UTC.
var timeLayouts = []string{
	time.DateTime, time.RFC3339, time.DateOnly, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04",
	"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05-07", "2006-01-02 15:04:05 -0700 MST",
	"01/02/2006 3:04 PM", "1/2/2006 3:04 PM", "01/02/2006 15:04", "01/02/2006", "1/2/2006",
}

// readTime reads a time, a text in one of the known forms, or a number of
// milliseconds since 1970; small numbers are seconds.
func readTime(v any) (time.Time, bool) {
	switch v := v.(type) {
	case time.Time:
		return v.UTC(), true
	case int64:
		return epoch(float64(v))
	case float64:
		return epoch(v)
	case []byte:
		return parseTime(string(v))
	case string:
		return parseTime(v)
	}
	return time.Time{}, false
}

// Bounds of the times that are believed: the years 0001 to 9999, which every
// engine can hold.
const (
	leastMillis = -62135596800000
	mostMillis  = 253402300799999
	// fromMillis is where a number is taken for milliseconds: as seconds it
	// would be the year 5138.
	fromMillis = 1e11
)

func epoch(n float64) (time.Time, bool) {
	if math.Abs(n) < fromMillis {
		n *= 1000
	}
	if math.IsNaN(n) || n < leastMillis || n > mostMillis {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(n)).UTC(), true
}

func parseTime(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 6 || len(s) > 64 {
		return time.Time{}, false
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			t = t.UTC()
			return t, t.Year() >= 1 && t.Year() <= 9999
		}
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(n) >= fromMillis {
		return epoch(n)
	}
	return time.Time{}, false
}
