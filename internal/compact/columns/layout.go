package columns

import (
	"github.com/power100/tpe/internal/tape"
)

// Parquet flattens nested records into columns of leaves with two small
// numbers beside each entry (Dremel's levels). The definition level says how
// much of the path to the leaf is there; the repetition level says whether
// the entry starts a new record (0) or goes on in the list (1). No list lies
// within another one here, so 1 is the highest repetition level.

// layout is the contract as the writer and the reader walk it. It never
// changes after newLayout.
type layout struct {
	root   *node
	spans  []*node // the nodes that have levels of their own, parents first; root is 0
	leaves []*node // the columns, in the order of the file
}

// node is one field with its place in the file.
type node struct {
	*field
	parent   *node // nil for the root
	children []*node
	names    nameTable // of the children of a group

	path uint64 // path hash of the value; of what lies in a list: its step
	def  uint8  // definition level when the value is there
	rep  uint8  // repetition level of the entries of the value
	span int    // number of the span whose entries the leaf's or group's are
	leaf int    // number of the column; -1 when it is none
	list *node  // the list or map that the node lies in, or nil
	rest *node  // of a group: the column for its other members, or nil
}

// newLayout numbers the fields of the contract.
func newLayout() *layout {
	l := &layout{}
	root := &field{name: "interaction", kind: group, fields: contract()}
	l.root = &node{field: root, path: tape.RootPath, leaf: -1}
	l.spans = []*node{l.root}
	l.addChildren(l.root, 0)
	return l
}

// addChildren numbers what lies below n, whose entries are those of span.
func (l *layout) addChildren(n *node, span int) {
	for i := range n.fields {
		f := &n.fields[i]
		c := &node{field: f, parent: n, def: n.def, rep: n.rep, span: span, leaf: -1, list: n.list}
		n.children = append(n.children, c)
		c.path = tape.PathHash(n.path, tape.NameHash(f.name))
		switch n.kind {
		case list, stringly:
			// The entry itself, or the name and the value of one: always there.
			c.path = n.path
		default:
			c.def++
		}
		if c.list != nil && c.list.kind == list && n.kind == group {
			c.path = tape.NameHash(f.name)
		}
		switch f.kind {
		case group:
			if n.kind != list {
				l.spans = append(l.spans, c)
				c.span = len(l.spans) - 1
			}
			l.addChildren(c, c.span)
			c.names = newNameTable(c.children)
		case list, stringly:
			l.spans = append(l.spans, c)
			c.span = len(l.spans) - 1
			c.list = c
			c.def++ // there, and with at least one entry
			c.rep = 1
			l.addChildren(c, c.span)
		default:
			c.leaf = len(l.leaves)
			l.leaves = append(l.leaves, c)
		}
		if f.kind == rest {
			n.rest = c
			c.path = n.path
		}
	}
	if n == l.root {
		n.names = newNameTable(n.children)
	}
}

// optional reports whether the value may be missing where its parent is.
func (n *node) optional() bool {
	return n.parent.kind != list && n.parent.kind != stringly
}

// nameTable finds a child by the hash of its name with one look.
type nameTable struct {
	shift uint
	mask  uint64
	slots []nameSlot
}

type nameSlot struct {
	hash  uint64
	child *node
}

// newNameTable chooses a size and some bits of the hash so that no two names
// fall on the same slot. The columns for the rest are not found by name.
func newNameTable(children []*node) nameTable {
	for size := 8; ; size *= 2 {
	search:
		for shift := range uint(56) {
			t := nameTable{shift: shift, mask: uint64(size - 1), slots: make([]nameSlot, size)}
			for _, c := range children {
				if c.kind == rest {
					continue
				}
				h := tape.NameHash(c.name)
				s := &t.slots[h>>shift&t.mask]
				if s.child != nil {
					continue search
				}
				*s = nameSlot{h, c}
			}
			return t
		}
	}
}

// find returns the child that is called like member m of the tape, or nil.
func (nt *nameTable) find(t *tape.Tape, m int) *node {
	h := t.Nodes[m].Hash
	s := &nt.slots[h>>nt.shift&nt.mask]
	if s.hash != h || s.child == nil || string(t.Bytes(m)) != s.child.name {
		return nil
	}
	return s.child
}
