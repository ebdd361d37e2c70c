package columns

import (
	"context"
	"iter"
	"math"
	"strconv"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// Records yields the records as JSON, in the order of the file. A record is
// valid until the next one.
func (f *File) Records(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		stopped := false
		err := f.each(func(g, rows int) error {
			if stopped {
				return nil
			}
			a := &assembler{cursors: make([]*cursor, len(f.layout.leaves))}
			defer a.close()
			for _, n := range f.layout.leaves {
				c, err := f.cursor(g, n)
				a.cursors[n.leaf] = c
				if err != nil {
					return err
				}
			}
			for range rows {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := a.record(f.layout.root); err != nil {
					return err
				}
				if stopped = !yield(a.out, nil); stopped {
					return nil
				}
			}
			return nil
		})
		if err != nil && !stopped {
			yield(nil, err)
		}
	}
}

// assembler puts records together from the columns of a row group.
type assembler struct {
	cursors []*cursor
	out     []byte
	time    clock
	whole   tape.Tape // what the record's column for the rest holds
	part    tape.Tape // what a list element's column holds
}

func (a *assembler) close() {
	for _, c := range a.cursors {
		if c != nil {
			c.p.close()
		}
	}
}

// record makes the next record.
func (a *assembler) record(root *node) error {
	a.out = a.out[:0]
	return a.object(root, nil, 0)
}

// object appends the object of group g: the columns below it, and the
// members of object n of the tape rest. Nothing is appended when there are
// none.
func (a *assembler) object(g *node, rest *tape.Tape, n int) error {
	if g.rest != nil {
		var err error
		if rest, err = a.takeRest(g); err != nil {
			return err
		}
		n = 0
	}
	start := len(a.out)
	a.out = append(a.out, '{')
	for _, c := range g.children {
		if c == g.rest {
			continue
		}
		mark := len(a.out)
		a.name(c.name)
		begin := len(a.out)
		if err := a.value(c, rest, n); err != nil {
			return err
		}
		if len(a.out) == begin {
			a.out = a.out[:mark]
		}
	}
	if rest != nil {
		for m, v := range rest.Members(n) {
			if c := g.names.find(rest, m); c != nil && c.kind == group && rest.Kind(v) == tape.KindObject && int(rest.Nodes[v].Next) > v+1 {
				continue // it is among the columns
			}
			a.comma()
			a.out = append(append(a.out, rest.Raw(m)...), ':')
			a.out = append(a.out, rest.Raw(v)...)
		}
	}
	if len(a.out) == start+1 && rest == nil && g.rest == nil {
		a.out = a.out[:start]
		return nil
	}
	a.out = append(a.out, '}')
	return nil
}

// takeRest parses the column for the rest of group g; nil when it is null.
func (a *assembler) takeRest(g *node) (*tape.Tape, error) {
	c := a.cursors[g.rest.leaf]
	t := &a.whole
	if g.rep > 0 {
		t = &a.part
	}
	if !c.there() {
		return nil, c.step()
	}
	v, k := c.at()
	// The page may go away with the next step, so the tape gets a copy.
	if err := t.Parse(append(t.Src[:0], v.text(k)...)); err != nil || t.Kind(0) != tape.KindObject {
		return nil, errCorrupt
	}
	return t, c.step()
}

// value appends the value of n; nothing when it is missing. A group also
// takes its members from the object that is called like it in object obj of
// rest.
func (a *assembler) value(n *node, rest *tape.Tape, obj int) error {
	switch n.kind {
	case group:
		if rest != nil {
			if v, ok := rest.Get(obj, n.name); ok && rest.Kind(v) == tape.KindObject && int(rest.Nodes[v].Next) > v+1 {
				return a.object(n, rest, v)
			}
		}
		return a.object(n, nil, 0)
	case list:
		return a.list(n)
	case stringly:
		return a.stringly(n)
	default:
		c := a.cursors[n.leaf]
		if c.there() {
			a.leaf(c)
		}
		return c.step()
	}
}

// list appends an array.
func (a *assembler) list(n *node) error {
	first := a.cursors[n.firstLeaf()]
	switch level := first.level(); {
	case level < n.def-1:
		return a.skip(n)
	case level == n.def-1:
		a.out = append(a.out, "[]"...)
		return a.skip(n)
	}
	elem := n.children[0]
	for opening := byte('['); ; opening = ',' {
		a.out = append(a.out, opening)
		if elem.kind == group {
			if err := a.object(elem, nil, 0); err != nil {
				return err
			}
		} else {
			a.leaf(first)
			if err := first.step(); err != nil {
				return err
			}
		}
		if !first.goesOn() {
			a.out = append(a.out, ']')
			return nil
		}
	}
}

// stringly appends an object of strings.
func (a *assembler) stringly(n *node) error {
	key, value := a.cursors[n.children[0].leaf], a.cursors[n.children[1].leaf]
	switch level := key.level(); {
	case level < n.def-1:
		return a.skip(n)
	case level == n.def-1:
		a.out = append(a.out, "{}"...)
		return a.skip(n)
	}
	for opening := byte('{'); ; opening = ',' {
		if !key.there() || !value.there() {
			return errCorrupt
		}
		a.out = append(a.out, opening)
		a.leaf(key)
		a.out = append(a.out, ':')
		a.leaf(value)
		if err := key.step(); err != nil {
			return err
		}
		if err := value.step(); err != nil {
			return err
		}
		if !key.goesOn() {
			a.out = append(a.out, '}')
			return nil
		}
	}
}

// skip passes over the one entry that all columns of a list have for a
// record without elements.
func (a *assembler) skip(n *node) error {
	if n.leaf >= 0 {
		return a.cursors[n.leaf].step()
	}
	for _, c := range n.children {
		if err := a.skip(c); err != nil {
			return err
		}
	}
	return nil
}

// leaf appends the value at c.
func (a *assembler) leaf(c *cursor) {
	v, k := c.at()
	switch v.kind {
	case text:
		a.out = tpe.AppendString(a.out, string(v.text(k)))
	case instant:
		a.out = append(a.time.append(append(a.out, '"'), v.bits[k]), '"')
	case integer:
		a.out = strconv.AppendInt(a.out, v.bits[k], 10)
	case double:
		a.out = appendDouble(a.out, math.Float64frombits(uint64(v.bits[k])))
	case boolean:
		a.out = strconv.AppendBool(a.out, v.data[k] == 1)
	default:
		a.out = append(a.out, v.text(k)...) // JSON
	}
}

// name begins a member.
func (a *assembler) name(name string) {
	a.comma()
	a.out = append(append(append(a.out, '"'), name...), '"', ':')
}

// comma separates a member from the one before.
func (a *assembler) comma() {
	if a.out[len(a.out)-1] != '{' {
		a.out = append(a.out, ',')
	}
}
