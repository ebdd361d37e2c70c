package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// dayFile is one file with records of a day.
type dayFile struct {
	path    string
	name    string // of the segment; empty for a foreign file
	state   State
	home    bool // this day is where the file as a whole is counted
	damaged bool // has places that are no records, which this day reports
	records uint64
	hash    uint64
}

// dayFiles is everything that holds records of one day.
type dayFiles struct {
	day     Day
	files   []dayFile
	types   typeList
	sources int // segments and folders of foreign files
	cursors []cursor
	small   *sorter // the rows of small indexes, so that few files are open
}

// smallIndex is the number of rows up to which an index is read at once.
const smallIndex = 4096

// wanted says by its index whether a file can be passed by.
type wanted func(x *index) (bool, error)

// filesOf opens the indexes of everything that holds records of a day. The
// caller must merge or close the result.
func (l *Lake) filesOf(ctx context.Context, day Day, p *dayPlan, want wanted) (_ *dayFiles, err error) {
	d := &dayFiles{day: day, small: newSorter("")}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	if p.segments {
		if err := l.addSegments(ctx, d, want); err != nil {
			return nil, err
		}
	}
	for _, part := range p.foreign {
		x, err := openIndex(part.index)
		if err != nil {
			return nil, err
		}
		ok, err := want(x)
		if err != nil {
			return nil, err
		}
		if ok || part.home && x.damaged() > 0 {
			if err := d.addForeign(&part, x); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

func (l *Lake) addSegments(ctx context.Context, d *dayFiles, want wanted) error {
	segments, err := l.segmentsOf(d.day)
	if err != nil {
		return err
	}
	for _, s := range segments {
		if err := ctx.Err(); err != nil {
			return interrupted(err)
		}
		if s.state == StateOpen {
			found, path, err := l.scanOpen(ctx, d.day, s)
			if err != nil {
				return err
			}
			if err := d.addOpen(s, path, found); err != nil {
				return err
			}
			continue
		}
		path := filepath.Join(l.rawFolder(d.day), s.file)
		x, err := l.ensureIndex(ctx, d.day, s.name, path)
		if err != nil {
			return err
		}
		ok, err := want(x)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		f := dayFile{path: path, name: s.name, state: StateSealed, home: true, records: x.Count, hash: x.Hash}
		if err := d.addIndex(x, []dayFile{f}); err != nil {
			return err
		}
	}
	return nil
}

// scanOpen reads the whole lines of an open segment, or of the sealed one
// that it became in the meantime.
func (l *Lake) scanOpen(ctx context.Context, day Day, s segmentFile) (*scanned, string, error) {
	for _, ending := range []string{openEnding, zstdEnding, rawEnding} {
		path := l.rawPath(day, s.name, ending)
		found, err := l.scan(ctx, path)
		if !errors.Is(err, fs.ErrNotExist) {
			return found, path, err
		}
	}
	return &scanned{}, "", nil // it was empty, and was removed
}

// addOpen adds an open segment, whose rows stay in memory.
func (d *dayFiles) addOpen(s segmentFile, path string, found *scanned) error {
	if len(found.rows) == 0 {
		return nil
	}
	d.sources++
	f := dayFile{path: path, name: s.name, state: StateOpen, home: true, records: uint64(len(found.rows))}
	at := uint32(len(d.files))
	types := d.numbers(found.types.names)
	for i := range found.rows {
		r := &found.rows[i]
		f.hash += r.hash
		r.file, r.typ = at, types[r.typ]
	}
	d.files = append(d.files, f)
	sortRows(found.rows)
	d.cursors = append(d.cursors, &sliceCursor{found.rows})
	return nil
}

// addForeign adds a folder of foreign files.
func (d *dayFiles) addForeign(part *foreignPart, x *index) error {
	files := make([]dayFile, len(x.Files))
	for i, f := range x.Files {
		files[i] = dayFile{
			path:    filepath.Join(part.folder.path, f.Name),
			state:   StateForeign,
			home:    part.home,
			damaged: part.home && f.Damaged > 0,
		}
	}
	return d.addIndex(x, files)
}

// addIndex adds the rows of an index that lie on the day.
func (d *dayFiles) addIndex(x *index, files []dayFile) error {
	d.sources++
	c := &dayCursor{day: d.day, files: uint32(len(d.files)), types: d.numbers(x.Types), whole: files[0].state != StateForeign}
	d.files = append(d.files, files...)
	rows, err := x.rows(rowBuffer)
	if err != nil {
		return fmt.Errorf("open index: %w", err)
	}
	c.rows = rows
	if x.Count > smallIndex {
		d.cursors = append(d.cursors, c)
		return nil
	}
	defer c.close()
	var r row
	for {
		more, err := c.next(&r)
		if err != nil || !more {
			return err
		}
		if err := d.small.add(&r); err != nil {
			return err
		}
	}
}

// numbers translates the numbers of an index's types to those of the day.
func (d *dayFiles) numbers(names []string) []uint32 {
	out := make([]uint32, len(names))
	for i, name := range names {
		out[i] = d.types.number(name)
	}
	return out
}

// merge visits the rows of the day in one order, see the function merge.
func (d *dayFiles) merge(visit func(r *row, again, other bool) error) error {
	cursors := append(d.cursors, d.small.cursors()...)
	d.cursors = nil
	return merge(cursors, visit)
}

func (d *dayFiles) close() {
	for _, c := range d.cursors {
		c.close()
	}
	d.cursors = nil
	d.small.drop()
}

// rowBuffer is how many bytes of an index are read at once.
const rowBuffer = 32 << 10

// dayCursor yields those rows of an index that lie on a day, with files and
// types numbered as the day does.
type dayCursor struct {
	rows  *rowReader
	day   Day
	files uint32
	types []uint32
	whole bool // all rows lie on the day
}

func (c *dayCursor) next(r *row) (bool, error) {
	for {
		more, err := c.rows.next(r)
		if err != nil || !more {
			return false, err
		}
		if c.whole || dayOfMillis(r.ms) == c.day {
			r.file += c.files
			r.typ = c.types[r.typ]
			return true, nil
		}
	}
}

func (c *dayCursor) close() { c.rows.close() }
