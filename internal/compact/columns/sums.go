package columns

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/power100/tpe/internal/tape"
)

// Proof reads the whole file column by column and returns the proof of the
// records that it holds.
func (f *File) Proof(ctx context.Context) (Proof, error) {
	var p Proof
	s := summer{}
	err := f.each(func(g, rows int) error {
		if err := s.group(ctx, f, g, rows); err != nil {
			return err
		}
		for _, h := range s.sums {
			p.Add(h)
		}
		return nil
	})
	return p, err
}

// summer computes the content hash of each row of a row group. The hash of a
// record is a sum over its leaves, so each column adds its part.
type summer struct {
	sums []uint64
	keys []uint64 // path hashes of the entries of a map
	term []uint64 // what each value of the dictionary adds; of a map's names: their paths
	tape tape.Tape
	text []byte
	time clock
}

// group sums up row group g.
func (s *summer) group(ctx context.Context, f *File, g, rows int) error {
	s.sums = append(s.sums[:0], make([]uint64, rows)...)
	for _, n := range f.layout.leaves {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.column(f, g, n); err != nil {
			return err
		}
	}
	return nil
}

// column adds one column to the sums.
func (s *summer) column(f *File, g int, n *node) error {
	p := f.open(g, n)
	defer p.close()
	at := place{row: -1}
	if n.isKey() {
		s.keys = slices.Grow(s.keys[:0], len(s.sums))
	}
	s.term = s.term[:0]
	for {
		err := p.next()
		switch {
		case errors.Is(err, io.EOF) && at.row+1 == len(s.sums):
			return nil
		case errors.Is(err, io.EOF):
			return errCorrupt
		case err != nil:
			return err
		}
		if n.rep == 0 {
			err = s.flat(p, &at)
		} else {
			err = s.listed(p, &at)
		}
		if err != nil {
			return err
		}
	}
}

// place is where the next entry of a column belongs.
type place struct {
	row     int
	element int
	entry   int // of all entries with a value
}

// flat adds a page of a column outside of lists.
func (s *summer) flat(p *pages, at *place) error {
	n := p.node
	if at.row+len(p.defs) >= len(s.sums) {
		return errCorrupt
	}
	rows := s.sums[at.row+1:]
	at.row += len(p.defs)
	switch {
	case p.count == 0:
		return nil
	case p.indexed:
		if len(s.term) == 0 {
			for i := range p.dictionary.len() {
				h, err := s.leaf(n, &p.dictionary, i)
				if err != nil {
					return err
				}
				s.term = append(s.term, h)
			}
		}
		if p.count == len(p.defs) {
			for i, x := range p.indexes[:p.count] {
				rows[i] += s.term[x]
			}
			return nil
		}
		next := 0
		for i, d := range p.defs {
			if d == n.def {
				rows[i] += s.term[p.indexes[next]]
				next++
			}
		}
	case n.kind == text:
		next := 0
		for i, d := range p.defs {
			if d == n.def {
				rows[i] += tape.LeafHash(n.path, tape.StringHash(p.vals.text(next)))
				next++
			}
		}
	default:
		next := 0
		for i, d := range p.defs {
			if d != n.def {
				continue
			}
			h, err := s.leaf(n, &p.vals, next)
			if err != nil {
				return err
			}
			rows[i] += h
			next++
		}
	}
	return nil
}

// listed adds a page of a column within a list or a map.
func (s *summer) listed(p *pages, at *place) error {
	n := p.node
	first := n.list.firstLeaf() == n.leaf
	if p.indexed && len(s.term) == 0 && !n.json() {
		for i := range p.dictionary.len() {
			s.term = append(s.term, s.hash(n, &p.dictionary, i))
		}
	}
	next := 0
	for i, d := range p.defs {
		at.element++
		if p.reps[i] == 0 {
			at.row++
			at.element = 0
		}
		if at.row < 0 || at.row >= len(s.sums) {
			return errCorrupt
		}
		switch {
		case d == n.def:
			h, err := s.entry(p, at, next)
			if err != nil {
				return err
			}
			s.sums[at.row] += h
			next++
			at.entry++
		case first && d == n.list.def-1:
			s.sums[at.row] += tape.LeafHash(n.list.path, n.list.emptyHash())
		}
	}
	return nil
}

// entry returns what value k of a page adds as an entry of a list or map.
func (s *summer) entry(p *pages, at *place, k int) (uint64, error) {
	n := p.node
	path := tape.PathHash(n.list.path, tape.ElemStep(at.element))
	if n.json() {
		v := &p.vals
		if p.indexed {
			v, k = &p.dictionary, int(p.indexes[k])
		}
		if n.kind == document {
			path = tape.PathHash(path, n.path)
		}
		return s.document(path, v.text(k))
	}
	var h uint64
	if p.indexed {
		h = s.term[p.indexes[k]]
	} else {
		h = s.hash(n, &p.vals, k)
	}
	switch {
	case n.isKey():
		s.keys = append(s.keys, h)
		return 0, nil
	case n.parent.kind == stringly:
		if at.entry >= len(s.keys) {
			return 0, errCorrupt
		}
		return tape.LeafHash(s.keys[at.entry], h), nil
	case n.parent.kind == group:
		path = tape.PathHash(path, n.path)
	}
	return tape.LeafHash(path, h), nil
}

// document returns what the JSON text of a value adds at path.
func (s *summer) document(path uint64, text []byte) (uint64, error) {
	if err := s.tape.Parse(text); err != nil {
		return 0, errCorrupt
	}
	return s.tape.HashNode(0, path), nil
}

// hash returns the hash of value k of v, which is no JSON text: its path hash
// when it is the name of a map's entry, else its value hash.
func (s *summer) hash(n *node, v *values, k int) uint64 {
	switch n.kind {
	case boolean:
		if v.data[k] == 1 {
			return tape.HashTrue
		}
		return tape.HashFalse
	case instant:
		s.text = s.time.append(s.text[:0], v.bits[k])
		return tape.StringHash(s.text)
	case integer:
		s.text = strconv.AppendInt(s.text[:0], v.bits[k], 10)
		return tape.NumberHash(s.text)
	case double:
		s.text = appendDecimal(s.text[:0], math.Float64frombits(uint64(v.bits[k])))
		return tape.NumberHash(s.text)
	default:
		if n.isKey() {
			return tape.PathHash(n.path, tape.NameHash(string(v.text(k))))
		}
		return tape.StringHash(v.text(k))
	}
}

// appendDecimal appends a text of the same decimal value as appendDouble does.
// That of most doubles has few places, and is found without looking for the
// shortest: a decimal of at most exactDigits digits that reads as f is it.
func appendDecimal(dst []byte, f float64) []byte {
	const places, most = 1e4, 1e15
	if n := math.RoundToEven(f * places); math.Abs(n) < most && n/places == f {
		return append(strconv.AppendInt(dst, int64(n), 10), "e-4"...)
	}
	return appendDouble(dst, f)
}

// leaf returns what value k of v adds outside of lists.
func (s *summer) leaf(n *node, v *values, k int) (uint64, error) {
	if n.json() {
		return s.document(n.path, v.text(k))
	}
	return tape.LeafHash(n.path, s.hash(n, v, k)), nil
}

// json reports whether the values of the column are JSON texts.
func (n *node) json() bool { return n.kind == document || n.kind == rest }

// isKey reports whether the column holds the names of a map's entries.
func (n *node) isKey() bool { return n.parent.kind == stringly && n.parent.children[0] == n }

// emptyHash is the value hash of a list or map without entries.
func (n *node) emptyHash() uint64 {
	if n.kind == list {
		return tape.HashEmptyArray
	}
	return tape.HashEmptyObject
}

// firstLeaf returns the number of the first column of a list or map.
func (n *node) firstLeaf() int {
	for n.leaf < 0 {
		n = n.children[0]
	}
	return n.leaf
}
