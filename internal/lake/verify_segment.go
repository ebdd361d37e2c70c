package lake

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
)

// sealed reads a sealed segment again and compares it with its index, or
// with its receipt when the index is gone.
func (v *verifier) sealed(ctx context.Context, day Day, s segmentFile, receipt *segmentReceipt) error {
	path := filepath.Join(v.l.rawFolder(day), s.file)
	found, err := v.l.scan(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		found = &scanned{}
	} else if err != nil {
		return err
	}
	v.report.Segments++
	v.report.Records += uint64(len(found.rows))
	c := &comparison{v: v, day: day, name: s.name, path: path, found: found}
	if found.damaged > 0 {
		f := Fault{Kind: Damaged, Day: day, Segment: s.name, Records: uint64(found.damaged), Detail: "lines that are no records"}
		if found.fault != nil {
			f.Detail = found.fault.Error()
		}
		v.fault(f)
	}
	for i := range found.rows {
		v.account(found.types.names[found.rows[i].typ]).Stored++
	}
	at := v.l.indexPath(day, s.name)
	x, err := openIndex(at)
	if err == nil {
		err = x.check()
	}
	switch {
	case err == nil:
		return c.withIndex(x)
	case !isGone(err):
		return err
	case receipt != nil:
		c.withReceipt(receipt)
	default:
		v.report.Unguarded++
		for i := range found.rows {
			v.account(found.types.names[found.rows[i].typ]).Received++
		}
	}
	if err := removeIfThere(v.l.disk, at); err != nil {
		return err
	}
	_, err = v.l.ensureIndex(ctx, day, s.name, path)
	return err
}

// comparison compares what a segment holds with what it should hold.
type comparison struct {
	v     *verifier
	day   Day
	name  string
	path  string
	found *scanned

	faults int
}

// withReceipt compares numbers and the sum of the content hashes.
func (c *comparison) withReceipt(receipt *segmentReceipt) {
	sum := uint64(0)
	for i := range c.found.rows {
		sum += c.found.rows[i].hash
	}
	for name, n := range receipt.types {
		c.v.account(name).Received += n
	}
	is, was := uint64(len(c.found.rows)), receipt.records
	f := Fault{Detail: "the index is gone, so the records cannot be named"}
	switch {
	case is < was:
		f.Kind, f.Records = Missing, was-is
	case is > was:
		f.Kind, f.Records = Added, is-was
	case hexHash(sum) != receipt.hash:
		f.Kind, f.Records = Changed, 1
	default:
		return
	}
	c.fault(f)
}

// withIndex compares record by record. Both sides are walked in the order of
// ids.
func (c *comparison) withIndex(x *index) error {
	for i, name := range x.Types {
		c.v.account(name).Received += x.Tallies[i].Records
	}
	rows, err := x.rows(rowBuffer)
	if err != nil {
		return err
	}
	defer rows.close()
	is := slices.Clone(c.found.rows)
	sortRows(is)
	var was []row // the rows of one id
	var next row
	more, err := rows.next(&next)
	for err == nil && (more || len(is) > 0) {
		k := next.key
		if !more || len(is) > 0 && compareKeys(&is[0].key, &k) < 0 {
			k = is[0].key
		}
		was = was[:0]
		for more && err == nil && next.key == k {
			was = append(was, next)
			more, err = rows.next(&next)
		}
		n := 0
		for n < len(is) && is[n].key == k {
			n++
		}
		c.oneID(x, was, is[:n])
		is = is[n:]
	}
	if err != nil {
		return err
	}
	if c.faults > 0 || c.found.damaged > 0 {
		return nil
	}
	sum, err := digestOf(c.path)
	if err != nil {
		return err
	}
	if sum != x.OnDisk {
		c.fault(Fault{Kind: Changed, Detail: "the bytes of the file changed, though its records say the same"})
	}
	return nil
}

func (c *comparison) fault(f Fault) {
	c.faults++
	f.Day, f.Segment = c.day, c.name
	c.v.fault(f)
}

// oneID compares the records of one id. Those of equal content are matched
// first; what is left on both sides has changed.
func (c *comparison) oneID(x *index, was, is []row) {
	var lost, extra []row
	i, j := 0, 0
	for i < len(was) || j < len(is) {
		switch {
		case j == len(is) || i < len(was) && was[i].hash < is[j].hash:
			lost = append(lost, was[i])
			i++
		case i == len(was) || was[i].hash > is[j].hash:
			extra = append(extra, is[j])
			j++
		default:
			i++
			j++
		}
	}
	for _, r := range extra {
		f := Fault{Line: int(r.line) + 1, ID: idOf(&r), Type: c.found.types.names[r.typ], Records: 1}
		switch {
		case slices.ContainsFunc(was, func(w row) bool { return w.hash == r.hash }):
			f.Kind = Doubled
		case len(lost) > 0:
			f.Kind = Changed
			lost = lost[1:]
		default:
			f.Kind = Added
		}
		c.fault(f)
	}
	slices.SortFunc(lost, func(a, b row) int { return cmp.Compare(a.line, b.line) })
	for _, r := range lost {
		c.fault(Fault{
			Kind: Missing, Line: int(r.line) + 1, ID: idOf(&r), Type: x.Types[r.typ], Records: 1,
		})
	}
}
