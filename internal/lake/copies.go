package lake

import (
	"cmp"
	"context"
	"iter"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Copied is a record in a copy of the lake that is kept elsewhere.
type Copied struct {
	ID   string
	Hash uint64 // of the content that is there
	Type string
	Time time.Time // zero: it tells none
	// Sound says that the copy itself says to have this content.
	Sound bool
	// Wrong says what is wrong with it although its content is sound.
	Wrong string
}

// CopyReport says how a copy stands to the sealed segments of the lake.
type CopyReport struct {
	OK       bool                 `json:"ok"`
	Records  uint64               `json:"records"` // distinct ones in the lake that should be there
	Copied   uint64               `json:"copied"`  // in the copy
	Pending  uint64               `json:"pending"` // not copied yet, and not due
	Faults   map[FaultKind]uint64 `json:"faults"`
	Accounts []CopyAccount        `json:"accounts"` // by day and type
}

// CopyAccount counts the records of one day and type.
type CopyAccount struct {
	Day     Day    `json:"day,omitzero"` // NoDay for those that tell no time
	Type    string `json:"type"`
	Records uint64 `json:"records"` // in the lake
	Copied  uint64 `json:"copied"`
	Pending uint64 `json:"pending"`
}

// SealedSegment is a sealed segment as it lies on disk.
type SealedSegment struct {
	Day    Day
	Name   string
	Path   string
	Bytes  int64
	Sealed time.Time
}

// Sealed yields the sealed segments, by day and name.
func (l *Lake) Sealed(ctx context.Context) iter.Seq2[SealedSegment, error] {
	return func(yield func(SealedSegment, error) bool) {
		for f, err := range l.dayFolders(ctx, rawFolder) {
			if err != nil {
				yield(SealedSegment{}, err)
				return
			}
			for _, e := range f.entries {
				name, state, ok := splitName(e.Name())
				if !ok || state != StateSealed || e.IsDir() {
					continue
				}
				info, err := e.Info()
				if err != nil {
					continue // replaced or gone since the folder was listed
				}
				s := SealedSegment{Day: f.day, Name: name, Path: filepath.Join(f.path, e.Name()), Bytes: info.Size(), Sealed: info.ModTime()}
				if !yield(s, nil) {
					return
				}
			}
		}
	}
}

// Sides of a comparison, in row.file.
const (
	sideLake uint32 = iota
	sideLater
	sideExpired
	sideCopy
	sideUnsound
)

// Due says which records of the lake a copy should have. The zero value: all.
type Due struct {
	// Segment says of a sealed segment whether it should have been copied; nil:
	// all.
	Segment func(day Day, segment string) bool
	// Expired is the time before which records may have been removed from the
	// copy, and may still be there; zero: none.
	Expired time.Time
}

// CompareCopy holds a copy against the segments, record by record, and gives
// each that is missing, doubled, changed or added to each, under the name of
// the copy. due says what should be there. Both sides are sorted in bounded
// memory.
func (l *Lake) CompareCopy(ctx context.Context, name string, copied iter.Seq2[Copied, error], due Due, each func(Fault)) (CopyReport, error) {
	c := &copyCheck{
		l: l, name: name, each: each, sort: newSorter(""), accounts: map[accountKey]*CopyAccount{},
		report: CopyReport{Faults: map[FaultKind]uint64{}, Accounts: []CopyAccount{}},
	}
	err := c.segments(ctx, due)
	if err == nil {
		err = c.copied(copied)
	}
	if err != nil {
		c.sort.drop()
		return c.report, err
	}
	if err := merge(c.sort.cursors(), c.visit); err != nil {
		return c.report, err
	}
	c.resolve()
	c.finish()
	return c.report, interruptedBy(ctx)
}

type accountKey struct {
	day  Day
	kind string
}

// copyCheck is one comparison.
type copyCheck struct {
	l        *Lake
	name     string
	each     func(Fault)
	sort     *sorter
	types    typeList
	wrong    typeList // the texts of Copied.Wrong
	accounts map[accountKey]*CopyAccount
	report   CopyReport
	group    []row // of one id
}

// segments adds the distinct records of all segments.
func (c *copyCheck) segments(ctx context.Context, due Due) error {
	all := func(*index) (bool, error) { return true, nil }
	for f, err := range c.l.dayFolders(ctx, rawFolder) {
		if err != nil {
			return err
		}
		d, err := c.l.filesOf(ctx, f.day, &dayPlan{segments: true}, all)
		if err != nil {
			return err
		}
		side := make([]uint32, len(d.files))
		for i := range d.files {
			if s := &d.files[i]; s.state == StateOpen || due.Segment != nil && !due.Segment(f.day, s.name) {
				side[i] = sideLater
			}
		}
		err = d.merge(func(r *row, again, _ bool) error {
			if again {
				return nil
			}
			out := *r
			out.file, out.line = side[r.file], 0
			if !due.Expired.IsZero() && r.ms < due.Expired.UnixMilli() {
				out.file = sideExpired
			}
			out.typ = c.types.number(d.types.names[r.typ])
			return c.sort.add(&out)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// copied adds the records of the copy.
func (c *copyCheck) copied(copied iter.Seq2[Copied, error]) error {
	for rec, err := range copied {
		if err != nil {
			return err
		}
		r := row{entry: entry{key: keyOf(rec.ID), hash: rec.Hash, ms: rec.Time.UnixMilli(), typ: c.types.number(rec.Type)}, file: sideCopy}
		if rec.Time.IsZero() {
			r.ms = timeless
		}
		if !parseUUID(new(key), []byte(rec.ID)) {
			r.flags |= flagHashed
		}
		if !rec.Sound {
			r.file = sideUnsound
		} else if rec.Wrong != "" {
			r.line = 1 + c.wrong.number(rec.Wrong)
		}
		if err := c.sort.add(&r); err != nil {
			return err
		}
	}
	return nil
}

// timeless is the time of a record in a copy that has none.
const timeless = math.MinInt64

// dayOfRow returns the day of a row.
func dayOfRow(r *row) Day {
	if r.ms == timeless {
		return NoDay
	}
	return dayOfMillis(r.ms)
}

// visit collects the rows of one id.
func (c *copyCheck) visit(r *row, _, _ bool) error {
	if len(c.group) > 0 && c.group[0].key != r.key {
		c.resolve()
	}
	c.group = append(c.group, *r)
	return nil
}

// resolve compares the rows of one id, which are sorted by content and side.
func (c *copyCheck) resolve() {
	var missing, extra, unsound []row
	known := false // the lake has the id
	for i := 0; i < len(c.group); {
		n := i
		var lake, later, expired, copies int
		var wrong []row
		for ; n < len(c.group) && c.group[n].hash == c.group[i].hash; n++ {
			r := &c.group[n]
			a := c.account(r)
			switch r.file {
			case sideLake:
				lake++
				a.Records++
			case sideLater:
				later++
			case sideExpired:
				expired++
			case sideCopy:
				copies++
				a.Copied++
				if r.line > 0 {
					wrong = append(wrong, *r)
				}
			case sideUnsound:
				a.Copied++
				unsound = append(unsound, *r)
			}
		}
		first := c.group[i]
		known = known || lake+later+expired > 0
		switch {
		case copies > 0 && lake+later+expired == 0:
			extra = append(extra, first)
		case copies == 0 && lake > 0:
			missing = append(missing, first)
		case copies == 0 && later > 0:
			c.account(&first).Pending++
		case lake+later+expired > 0:
			for _, r := range wrong {
				c.fault(Changed, &first, c.wrong.names[r.line-1])
			}
		}
		if lake == 0 && later+expired > 0 && copies > 0 {
			c.account(&first).Records++ // copied before it was due, or there for longer
		}
		i = n
	}
	for _, r := range unsound {
		switch {
		case !known:
			c.fault(Added, &r, "the lake does not have it")
		case len(missing) > 0:
			c.fault(Changed, &missing[0], "its content is not what its key says")
			missing = missing[1:]
		default:
			c.fault(Doubled, &r, "it is there again under another key")
		}
	}
	for len(missing) > 0 && len(extra) > 0 {
		c.fault(Changed, &missing[0], "it has other content")
		missing, extra = missing[1:], extra[1:]
	}
	for i := range missing {
		c.fault(Missing, &missing[i], "")
	}
	for i := range extra {
		c.fault(Added, &extra[i], "the lake does not have it")
	}
	c.group = c.group[:0]
}

func (c *copyCheck) account(r *row) *CopyAccount {
	k := accountKey{dayOfRow(r), c.types.names[r.typ]}
	a := c.accounts[k]
	if a == nil {
		a = &CopyAccount{Day: k.day, Type: k.kind}
		c.accounts[k] = a
	}
	return a
}

func (c *copyCheck) fault(kind FaultKind, r *row, detail string) {
	c.report.Faults[kind]++
	if c.each != nil {
		c.each(Fault{Kind: kind, Day: dayOfRow(r), Segment: c.name, ID: idOf(r), Type: c.types.names[r.typ], Records: 1, Detail: detail})
	}
}

// finish adds up.
func (c *copyCheck) finish() {
	for _, a := range c.accounts {
		if a.Records+a.Copied+a.Pending == 0 {
			continue // it has expired
		}
		c.report.Accounts = append(c.report.Accounts, *a)
		c.report.Records += a.Records
		c.report.Copied += a.Copied
		c.report.Pending += a.Pending
	}
	sortAccounts(c.report.Accounts)
	c.report.OK = len(c.report.Faults) == 0
}

func sortAccounts(list []CopyAccount) {
	slices.SortFunc(list, func(a, b CopyAccount) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), strings.Compare(a.Type, b.Type))
	})
}
