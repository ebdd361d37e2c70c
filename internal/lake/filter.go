package lake

import (
	"fmt"
	"math"
	"os"
	"time"

	"github.com/power100/tpe/internal/tape"
)

// Filter chooses records. The zero Filter chooses all; of several conditions
// all must hold.
type Filter struct {
	Since   time.Time // from this time on; zero: from the first
	Until   time.Time // before this time; zero: to the last
	Type    string    // interaction_type
	User    string    // user_id, or its digits where an old record has a number
	Partner string    // partner_id, the same
	ID      string    // interaction_id
}

// days returns the first and the last day that the filter can choose.
func (f *Filter) days() (first, last Day) {
	first, last = minDay, maxDay
	if !f.Since.IsZero() {
		first = max(first, DayOf(f.Since))
	}
	if !f.Until.IsZero() {
		last = min(last, DayOf(f.Until.Add(-time.Nanosecond)))
	}
	return first, last
}

// millis returns the range of times of the filter: from <= t < to.
func (f *Filter) millis() (from, to int64) {
	from, to = math.MinInt64, math.MaxInt64
	if !f.Since.IsZero() {
		from = ceilMillis(f.Since)
	}
	if !f.Until.IsZero() {
		to = ceilMillis(f.Until)
	}
	return from, to
}

// ceilMillis returns the first whole millisecond that is not before t.
func ceilMillis(t time.Time) int64 {
	ms := t.UnixMilli()
	if time.UnixMilli(ms).Before(t) {
		ms++
	}
	return ms
}

// wants says by an index whether its files can hold a record that the filter
// chooses.
func (f *Filter) wants(x *index) (bool, error) {
	from, to := f.millis()
	if x.Count == 0 || x.MaxMillis < from || x.MinMillis >= to || f.Type != "" && !x.hasType(f.Type) {
		return false, nil
	}
	if f.ID == "" {
		return true, nil
	}
	k := keyOf(f.ID)
	if !x.bloom.has(&k) {
		return false, nil
	}
	file, err := os.Open(x.path)
	if err != nil {
		return false, fmt.Errorf("open index: %w", err)
	}
	defer func() { _ = file.Close() }() // only read from
	found, err := x.lookup(file, &k, 0)
	return found != unknown, err
}

// wantsAll says whether every row of a day may be chosen.
func (f *Filter) wantsAll(day Day) bool {
	from, to := f.millis()
	start := int64(day) * dayMillis
	return f.Type == "" && f.ID == "" && from <= start && to >= start+dayMillis
}

// wantsRow says by its row whether a record may be chosen.
func (f *Filter) wantsRow(r *row, typ uint32, id *key) bool {
	from, to := f.millis()
	return r.ms >= from && r.ms < to && (f.Type == "" || r.typ == typ) && (f.ID == "" || r.key == *id)
}

// wantsRecord says whether a record is chosen, as far as its row did not say.
func (f *Filter) wantsRecord(t *tape.Tape) bool {
	return textIs(t, "user_id", f.User) && textIs(t, "partner_id", f.Partner)
}

// textIs compares a member with a text; an empty text is equal to anything.
func textIs(t *tape.Tape, name, want string) bool {
	if want == "" {
		return true
	}
	n, ok := t.Find(name)
	if !ok || t.Kind(n) != tape.KindString && t.Kind(n) != tape.KindNumber {
		return false
	}
	return string(t.Bytes(n)) == want
}
