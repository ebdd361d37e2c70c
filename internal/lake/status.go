package lake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
)

// Status is what is in a lake.
type Status struct {
	Days  []DayStatus  `json:"days"`
	Total Counts       `json:"total"`
	Types []TypeCounts `json:"types"` // over all days
	Size  Size         `json:"size"`
}

// DayStatus is what is there of one day of UTC.
type DayStatus struct {
	Day   Day          `json:"day"`
	Total Counts       `json:"total"`
	Types []TypeCounts `json:"types"`
	Size  Size         `json:"size"`
}

// TypeCounts are the counts of one type of records. The type is empty for
// what tells none.
type TypeCounts struct {
	Type string `json:"type"`
	Counts
}

// Counts are numbers of records.
type Counts struct {
	Records     uint64 `json:"records"`     // distinct, without the marked ones
	Marked      uint64 `json:"marked"`      // distinct, marked as the second copy of another record
	Conflicts   uint64 `json:"conflicts"`   // of both: beyond the first with the same id
	Duplicates  uint64 `json:"duplicates"`  // came again and were not stored again, or lie in other files again
	Quarantined uint64 `json:"quarantined"` // could not be taken; by the day on which they came
}

func (c *Counts) add(o *Counts) {
	c.Records += o.Records
	c.Marked += o.Marked
	c.Conflicts += o.Conflicts
	c.Duplicates += o.Duplicates
	c.Quarantined += o.Quarantined
}

// Size is how the records lie on the disk.
type Size struct {
	Bytes   int64 `json:"bytes"`
	Open    int   `json:"open"`    // segments that are being written
	Sealed  int   `json:"sealed"`  // segments
	Foreign int   `json:"foreign"` // other files with records
}

func (s *Size) add(o *Size) {
	s.Bytes += o.Bytes
	s.Open += o.Open
	s.Sealed += o.Sealed
	s.Foreign += o.Foreign
}

// Status counts what is in the lake, from the indexes.
func (l *Lake) Status(ctx context.Context) (Status, error) {
	g, err := l.openLedger(ctx)
	if err != nil {
		return Status{}, err
	}
	out, err := l.status(ctx, g)
	return out, errors.Join(err, g.close())
}

func (l *Lake) status(ctx context.Context, g *ledger) (Status, error) {
	out := Status{Days: []DayStatus{}, Types: []TypeCounts{}}
	p, err := l.planFor(ctx, minDay, maxDay)
	if err != nil {
		return out, err
	}
	refused, err := l.countQuarantine(ctx)
	if err != nil {
		return out, err
	}
	known, err := g.days(ctx)
	if err != nil {
		return out, err
	}
	for d := range refused {
		known[d] = true
	}
	for d := range p.days {
		known[d] = true
	}
	all := map[string]*Counts{}
	for _, day := range slices.Sorted(maps.Keys(known)) {
		d, err := l.dayStatus(ctx, g, day, p.days[day], refused[day])
		if err != nil {
			return out, err
		}
		for _, t := range d.Types {
			countsOf(all, t.Type).add(&t.Counts)
		}
		out.Total.add(&d.Total)
		out.Size.add(&d.Size)
		out.Days = append(out.Days, d)
	}
	out.Types = typeCounts(all)
	return out, nil
}

func (l *Lake) dayStatus(ctx context.Context, g *ledger, day Day, p *dayPlan, refused map[string]uint64) (DayStatus, error) {
	out := DayStatus{Day: day}
	counts := map[string]*Counts{}
	if p != nil {
		if err := l.countDay(ctx, day, p, counts, &out.Size); err != nil {
			return out, err
		}
	}
	twice, err := g.duplicates(ctx, day)
	if err != nil {
		return out, err
	}
	for name, n := range twice {
		countsOf(counts, name).Duplicates += n
	}
	for name, n := range refused {
		countsOf(counts, name).Quarantined = n
	}
	out.Types = typeCounts(counts)
	for _, t := range out.Types {
		out.Total.add(&t.Counts)
	}
	return out, nil
}

// countDay counts the distinct records of a day and the files they are in.
func (l *Lake) countDay(ctx context.Context, day Day, p *dayPlan, counts map[string]*Counts, size *Size) error {
	all := func(*index) (bool, error) { return true, nil }
	d, err := l.filesOf(ctx, day, p, all)
	if err != nil {
		return err
	}
	var byType []*Counts
	err = d.merge(func(r *row, again, other bool) error {
		for int(r.typ) >= len(byType) {
			byType = append(byType, &Counts{})
		}
		c := byType[r.typ]
		if again {
			if d.files[r.file].state == StateForeign {
				c.Duplicates++
			}
			return nil
		}
		if r.flags&flagMarked != 0 {
			c.Marked++
		} else {
			c.Records++
		}
		if other {
			c.Conflicts++
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, c := range byType {
		countsOf(counts, d.types.names[i]).add(c)
	}
	for i := range d.files {
		if err := d.files[i].measure(size); err != nil {
			return err
		}
	}
	return nil
}

// measure adds a file to a size. A foreign file counts on one day only.
func (f *dayFile) measure(s *Size) error {
	info, err := os.Stat(f.path)
	switch {
	case !f.home:
		return nil
	case err == nil:
		s.Bytes += info.Size()
	case f.state != StateOpen: // an open one may have been sealed meanwhile
		return fmt.Errorf("look at segment: %w", err)
	}
	switch f.state {
	case StateOpen:
		s.Open++
	case StateSealed:
		s.Sealed++
	case StateForeign:
		s.Foreign++
	}
	return nil
}

// countQuarantine counts what lies in quarantine by day and type.
func (l *Lake) countQuarantine(ctx context.Context) (map[Day]map[string]uint64, error) {
	out := map[Day]map[string]uint64{}
	for item, err := range l.Quarantine(ctx) {
		if err != nil {
			return nil, err
		}
		types := out[item.Day]
		if types == nil {
			types = map[string]uint64{}
			out[item.Day] = types
		}
		types[item.Type]++
	}
	return out, nil
}

func countsOf(m map[string]*Counts, typeName string) *Counts {
	c := m[typeName]
	if c == nil {
		c = &Counts{}
		m[typeName] = c
	}
	return c
}

func typeCounts(m map[string]*Counts) []TypeCounts {
	out := make([]TypeCounts, 0, len(m))
	for name, c := range m {
		if *c != (Counts{}) {
			out = append(out, TypeCounts{name, *c})
		}
	}
	slices.SortFunc(out, func(a, b TypeCounts) int { return cmp.Compare(a.Type, b.Type) })
	return out
}
