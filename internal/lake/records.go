package lake

import (
	"context"
	"fmt"
	"iter"

	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tape"
)

// Record is one record as it lies in the lake. It is valid until the next
// one.
type Record struct {
	Tape *tape.Tape
	Day  Day // of UTC
	File string
	Line int // where the record starts in the file, from 1
}

// JSON returns the record's text.
func (r *Record) JSON() []byte { return r.Tape.Src }

// Damage is a place in a file that is no record.
type Damage struct {
	File   string
	Line   int
	Reason string
	Unread bool // the file cannot be read at all; what it holds may be whole
}

// Error says where and why.
func (d *Damage) Error() string { return fmt.Sprintf("%s:%d: %s", d.File, d.Line, d.Reason) }

// Records streams the records that the filter chooses, day by day, each of
// them once: of equal records with one id on one day the first one comes,
// records with one id and different contents all come. Open segments are
// read as far as they are written. Memory stays bounded whatever the lake
// holds.
//
// A place that is no record comes as a *Damage, and the stream goes on; any
// other error ends it.
func (l *Lake) Records(ctx context.Context, f Filter) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		first, last := f.days()
		p, err := l.planFor(ctx, first, last)
		if err != nil {
			yield(Record{}, err)
			return
		}
		r := &recordReader{l: l, filter: f, rd: source.NewReader(source.Options{}), yield: yield, names: newTypeNames()}
		for _, day := range p.order() {
			if err := r.day(ctx, day, p.days[day]); err != nil {
				yield(Record{}, err)
				return
			}
			if r.stopped {
				return
			}
		}
	}
}

// recordReader reads the records of one call to Records.
type recordReader struct {
	l       *Lake
	filter  Filter
	rd      *source.Reader
	tape    tape.Tape
	names   typeNames
	yield   func(Record, error) bool
	stopped bool
}

// day yields the records of one day.
func (r *recordReader) day(ctx context.Context, day Day, p *dayPlan) error {
	d, err := r.l.filesOf(ctx, day, p, r.filter.wants)
	if err != nil {
		return err
	}
	chosen, err := r.choose(day, d)
	if err != nil {
		return err
	}
	for i := range d.files {
		if chosen != nil && chosen[i].empty() && !d.files[i].damaged {
			continue
		}
		var lines *lineSet
		if chosen != nil {
			lines = &chosen[i]
		}
		if err := r.file(ctx, day, &d.files[i], lines); err != nil || r.stopped {
			return err
		}
	}
	return nil
}

// choose merges the indexes of the day to find which records are to be read.
// It returns nil when all of them are.
func (r *recordReader) choose(day Day, d *dayFiles) ([]lineSet, error) {
	if d.sources == 1 && d.files[0].state != StateForeign && r.filter.wantsAll(day) {
		d.close() // a segment holds no record twice
		return nil, nil
	}
	typ := d.types.number(r.filter.Type)
	id := keyOf(r.filter.ID)
	chosen := make([]lineSet, len(d.files))
	err := d.merge(func(row *row, again, _ bool) error {
		if !again && r.filter.wantsRow(row, typ, &id) {
			chosen[row.file].add(row.line)
		}
		return nil
	})
	return chosen, err
}

// file yields the chosen records of a file; all of them when lines is nil.
func (r *recordReader) file(ctx context.Context, day Day, f *dayFile, lines *lineSet) error {
	at := uint32(0)
	for it := range r.rd.FileItems(ctx, source.File{Path: f.path}) {
		line := at
		at++
		damage := it.Err
		if damage == nil && lines != nil && !lines.has(line) && !f.damaged {
			continue
		}
		reason := ""
		if damage != nil {
			if f.state == StateOpen && damage.Kind == source.Torn {
				break // being written
			}
			reason = damage.Error()
		} else if err := r.tape.Parse(it.Data); err != nil {
			reason = err.Error()
		}
		if reason != "" {
			if f.state == StateForeign && !f.damaged {
				continue
			}
			if !r.yield(Record{}, &Damage{File: it.File, Line: it.Line, Reason: reason, Unread: damage != nil && damage.Kind == source.Unreadable}) {
				r.stopped = true
				return nil
			}
			continue
		}
		if lines != nil && !lines.has(line) || !r.filter.wantsRecord(&r.tape) {
			continue
		}
		if !r.yield(Record{Tape: &r.tape, Day: day, File: it.File, Line: it.Line}, nil) {
			r.stopped = true
			return nil
		}
	}
	if err := ctx.Err(); err != nil {
		return interrupted(err)
	}
	return nil
}

// lineSet is a set of records of a file, by how many lie before them.
type lineSet struct{ words []uint64 }

func (s *lineSet) add(line uint32) {
	for int(line>>6) >= len(s.words) {
		s.words = append(s.words, 0)
	}
	s.words[line>>6] |= 1 << (line & 63)
}

func (s *lineSet) has(line uint32) bool {
	return int(line>>6) < len(s.words) && s.words[line>>6]&(1<<(line&63)) != 0
}

func (s *lineSet) empty() bool { return len(s.words) == 0 }
