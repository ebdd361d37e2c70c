package lake

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// foreign compares a file that is no segment with the lake's own.
func (v *copyVerifier) foreign(ctx context.Context, day Day, key string) error {
	local := v.l.path(filepath.FromSlash(key))
	f, err := v.copy.Fetch(ctx, key)
	absent := tpe.CodeOf(err) == tpe.NotFound
	if err != nil && !absent {
		return err
	}
	is := &scanned{}
	if !absent {
		defer f.Release()
		if is, err = v.l.scan(ctx, f.Path); err != nil {
			return err
		}
		v.report.Foreign++
		v.counted(is)
	}
	was, err := v.l.scan(ctx, local)
	if err != nil {
		return err
	}
	for i := range was.rows {
		v.account(was.types.names[was.rows[i].typ]).Received++
	}
	c := &comparison{v: &v.verifier, day: day, name: strings.TrimPrefix(key, rawFolder+"/"), path: f.Path, found: is}
	c.withRows(was)
	if absent || c.faults > 0 {
		return nil
	}
	return v.sameBytes(day, c.name, local, f.Path)
}

// withRows compares record by record with another scan.
func (c *comparison) withRows(was *scanned) {
	x := &index{indexHead: indexHead{Types: was.types.names}}
	a, b := slices.Clone(was.rows), slices.Clone(c.found.rows)
	sortRows(a)
	sortRows(b)
	run := func(rows []row, k key) int {
		n := 0
		for n < len(rows) && rows[n].key == k {
			n++
		}
		return n
	}
	for len(a) > 0 || len(b) > 0 {
		var k key
		if len(b) == 0 || len(a) > 0 && compareKeys(&a[0].key, &b[0].key) <= 0 {
			k = a[0].key
		} else {
			k = b[0].key
		}
		n, m := run(a, k), run(b, k)
		c.oneID(x, a[:n], b[:m])
		a, b = a[n:], b[m:]
	}
}

// sameBytes reports a file whose bytes differ though its records do not.
func (v *copyVerifier) sameBytes(day Day, name, local, copied string) error {
	a, err := digestOf(local)
	if err != nil {
		return err
	}
	b, err := digestOf(copied)
	if err == nil && a != b {
		v.fault(Fault{Kind: Changed, Day: day, Segment: name, Detail: "the bytes of the file differ, though its records say the same"})
	}
	return err
}

// extra reports the records of a file that only the copy has. Those that the
// day has as well are doubled.
func (v *copyVerifier) extra(ctx context.Context, day Day, key string) error {
	f, err := v.copy.Fetch(ctx, key)
	if err != nil {
		if tpe.CodeOf(err) == tpe.NotFound {
			return nil
		}
		return err
	}
	defer f.Release()
	found, err := v.l.scan(ctx, f.Path)
	if err != nil {
		return err
	}
	if _, _, ok := splitName(path.Base(key)); ok {
		v.report.Segments++
	} else {
		v.report.Foreign++
	}
	v.counted(found)
	name := strings.TrimPrefix(key, rawFolder+"/")
	if len(found.rows) == 0 {
		v.fault(Fault{Kind: Added, Day: day, Segment: name, Detail: "only the copy has the file"})
	}
	for i := range found.rows {
		r := &found.rows[i]
		kind := Added
		again, err := v.stored(ctx, day, r)
		if err != nil {
			return err
		}
		if again {
			kind = Doubled
		}
		v.fault(Fault{Kind: kind, Day: day, Segment: name, Line: int(r.line) + 1, ID: idOf(r), Type: found.types.names[r.typ], Records: 1, Detail: "only the copy has the file"})
	}
	return nil
}

// stored looks for a record in the segments of a day.
func (v *copyVerifier) stored(ctx context.Context, day Day, r *row) (bool, error) {
	segments, err := v.l.segmentsOf(day)
	if err != nil {
		return false, err
	}
	for _, s := range segments {
		if s.state != StateSealed {
			continue
		}
		x, err := v.l.ensureIndex(ctx, day, s.name, filepath.Join(v.l.rawFolder(day), s.file))
		if err != nil {
			return false, err
		}
		f, err := os.Open(x.path)
		if err != nil {
			return false, fmt.Errorf("open index: %w", err)
		}
		m, err := x.lookup(f, &r.key, r.hash)
		_ = f.Close() // only read from
		if err != nil || m == equal {
			return m == equal, err
		}
	}
	return false, nil
}
