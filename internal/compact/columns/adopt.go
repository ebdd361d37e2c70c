package columns

import (
	"fmt"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"
)

// Another engine that writes the same columns differs in what does not matter
// to a reader: which of them may be missing, what the middle level of a list
// is called, and whether columns have ids. Such a file is read as one of this
// package's: its definition levels are translated.

// missing marks a definition level that has no meaning in the contract.
const missing = 0xff

// element is a part of a file's schema with what lies below it.
type element struct {
	*format.SchemaElement
	children []*element
}

// tree returns the schema of a file as a tree.
func tree(list []format.SchemaElement) (*element, error) {
	var next func() (*element, error)
	next = func() (*element, error) {
		if len(list) == 0 {
			return nil, errCorrupt
		}
		e := &element{SchemaElement: &list[0]}
		list = list[1:]
		for range e.NumChildren.V {
			c, err := next()
			if err != nil {
				return nil, err
			}
			e.children = append(e.children, c)
		}
		return e, nil
	}
	return next()
}

// step is a part of the path to a column: whether it has a definition level
// of its own in the file and in the contract.
type step struct{ file, contract bool }

// adopt finds out how the definition levels of another engine's file are to
// be read. The error says why the file is not one with the contract's columns.
func (f *File) adopt() error {
	root, err := tree(f.pq.Metadata().Schema)
	if err != nil {
		return err
	}
	f.levels = make([][]byte, len(f.layout.leaves))
	return f.match(f.layout.root, root, nil)
}

// match holds the children of n against those of e. path leads to e.
func (f *File) match(n *node, e *element, path []step) error {
	if n.kind == list || n.kind == stringly {
		if len(e.children) != 1 || e.children[0].RepetitionType.V != format.Repeated {
			return fmt.Errorf("%s is no list or map", n.name)
		}
		e = e.children[0]
		path = append(path, step{true, true})
	}
	if len(e.children) != len(n.children) {
		return fmt.Errorf("%s has %d columns, not %d", e.Name, len(e.children), len(n.children))
	}
	for i, c := range n.children {
		found := e.children[i]
		if found.Name != c.name && n.kind != list {
			return fmt.Errorf("a column is called %s, not %s", found.Name, c.name)
		}
		optional := found.RepetitionType.V == format.Optional
		if found.RepetitionType.V == format.Repeated {
			return fmt.Errorf("%s is repeated", found.Name)
		}
		below := append(path[:len(path):len(path)], step{optional, c.optional()})
		if c.leaf < 0 {
			if err := f.match(c, found, below); err != nil {
				return err
			}
			continue
		}
		if len(found.children) > 0 || !c.kind.reads(found) {
			return fmt.Errorf("%s has another type", c.name)
		}
		f.levels[c.leaf] = translation(below)
	}
	return nil
}

// reads reports whether values of the kind can be read from a column: the
// same type, and for times also the older one of 96 bits, which Trino and
// Athena write.
func (k kind) reads(e *element) bool {
	if k != instant || e.Type.V != format.Int64 {
		return e.Type.V == k.physical() || k == instant && e.Type.V == format.Int96
	}
	t, ok := e.LogicalType.Value.(*format.TimestampType)
	if !ok {
		return false
	}
	_, ok = t.Unit.Value.(*format.MilliSeconds)
	return ok
}

// julian1970 is the day of the Julian calendar that begins at noon of
// 1970-01-01, by which times of 96 bits are counted.
const julian1970 = 2440588

// millisOf turns times of 96 bits, a day and the nanoseconds within it, into
// milliseconds. The error says that one has a part of a millisecond.
func millisOf(times []deprecated.Int96) ([]int64, error) {
	out := make([]int64, len(times))
	for i, t := range times {
		nanos := int64(uint64(t[1])<<32 | uint64(t[0]))
		if nanos%1e6 != 0 {
			return nil, errCorrupt
		}
		out[i] = (int64(int32(t[2]))-julian1970)*dayMillis + nanos/1e6
	}
	return out, nil
}

// translation returns the contract's definition level for each of the file's.
func translation(path []step) []byte {
	highest := 0
	for _, s := range path {
		if s.file {
			highest++
		}
	}
	out := make([]byte, highest+1)
	for level := range out {
		seen := 0
		for _, s := range path {
			if s.file {
				if seen == level {
					if !s.contract {
						out[level] = missing
					}
					break
				}
				seen++
			}
			if s.contract {
				out[level]++
			}
		}
	}
	return out
}

// translate returns the definition levels of a page with count entries as the
// contract counts them.
func translate(dst, levels, table []byte, count int) ([]byte, error) {
	dst = dst[:0]
	if len(table) == 1 { // nothing can be missing: the file holds no levels
		for range count {
			dst = append(dst, table[0])
		}
		return dst, nil
	}
	for _, d := range levels {
		if int(d) >= len(table) || table[d] == missing {
			return nil, errCorrupt
		}
		dst = append(dst, table[d])
	}
	return dst, nil
}
