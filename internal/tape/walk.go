package tape

import (
	"iter"
	"strconv"
	"strings"
)

// Get returns the value of member name of object obj. It is false when obj is
// not an object or has no such member.
func (t *Tape) Get(obj int, name string) (value int, ok bool) {
	o := &t.Nodes[obj]
	if o.Kind != KindObject {
		return 0, false
	}
	h := NameHash(name)
	for m := obj + 1; m < int(o.Next); m = int(t.Nodes[m].Next) {
		if t.Nodes[m].Hash == h && string(t.Bytes(m)) == name {
			return m + 1, true
		}
	}
	return 0, false
}

// Find follows names from the root.
func (t *Tape) Find(names ...string) (value int, ok bool) {
	if len(t.Nodes) == 0 {
		return 0, false
	}
	for _, name := range names {
		if value, ok = t.Get(value, name); !ok {
			return 0, false
		}
	}
	return value, true
}

// Members yields the name node and the value node of each member of obj, in
// the order of the text; nothing when obj is not an object.
func (t *Tape) Members(obj int) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		if t.Nodes[obj].Kind != KindObject {
			return
		}
		end := int(t.Nodes[obj].Next)
		for m := obj + 1; m < end; m = int(t.Nodes[m].Next) {
			if !yield(m, m+1) {
				return
			}
		}
	}
}

// Elements yields the node of each element of arr; nothing when arr is not an
// array.
func (t *Tape) Elements(arr int) iter.Seq[int] {
	return func(yield func(int) bool) {
		if t.Nodes[arr].Kind != KindArray {
			return
		}
		end := int(t.Nodes[arr].Next)
		for n := arr + 1; n < end; n = int(t.Nodes[n].Next) {
			if !yield(n) {
				return
			}
		}
	}
}

// Pointer returns the JSON Pointer (RFC 6901) of node n; a name has the
// pointer of its value.
func (t *Tape) Pointer(n int) string {
	var b strings.Builder
	at := 0
	for at != n {
		switch t.Nodes[at].Kind {
		case KindObject:
			m := at + 1
			for int(t.Nodes[m].Next) <= n {
				m = int(t.Nodes[m].Next)
			}
			b.WriteByte('/')
			b.WriteString(pointerEscape.Replace(t.Text(m)))
			if m == n {
				return b.String()
			}
			at = m + 1
		case KindArray:
			i, m := 0, at+1
			for int(t.Nodes[m].Next) <= n {
				m = int(t.Nodes[m].Next)
				i++
			}
			b.WriteByte('/')
			b.WriteString(strconv.Itoa(i))
			at = m
		default:
			return b.String()
		}
	}
	return b.String()
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// Lookup returns the node at a JSON Pointer.
func (t *Tape) Lookup(pointer string) (int, bool) {
	if len(t.Nodes) == 0 || pointer != "" && pointer[0] != '/' {
		return 0, false
	}
	at := 0
	for pointer != "" {
		step, rest, found := strings.Cut(pointer[1:], "/")
		if pointer = ""; found {
			pointer = "/" + rest
		}
		switch t.Nodes[at].Kind {
		case KindObject:
			v, ok := t.Get(at, strings.ReplaceAll(strings.ReplaceAll(step, "~1", "/"), "~0", "~"))
			if !ok {
				return 0, false
			}
			at = v
		case KindArray:
			want, err := strconv.Atoi(step)
			if err != nil {
				return 0, false
			}
			found := false
			i := 0
			for n := range t.Elements(at) {
				if i == want {
					at, found = n, true
					break
				}
				i++
			}
			if !found {
				return 0, false
			}
		default:
			return 0, false
		}
	}
	return at, true
}

// Compact returns the JSON text of node n without white space between tokens.
// It aliases Src when there is none, else buf, which it overwrites and returns
// for the next call.
func (t *Tape) Compact(buf []byte, n int) (text, next []byte) {
	if t.spaces == 0 {
		return t.Raw(n), buf
	}
	buf = t.AppendCompact(buf[:0], n)
	return buf, buf
}

// AppendCompact appends the JSON text of node n without white space between
// tokens. Strings and numbers keep their spelling.
func (t *Tape) AppendCompact(dst []byte, n int) []byte {
	if t.spaces == 0 {
		return append(dst, t.Raw(n)...)
	}
	nd := &t.Nodes[n]
	switch nd.Kind {
	case KindObject:
		dst = append(dst, '{')
		for m := n + 1; m < int(nd.Next); m = int(t.Nodes[m].Next) {
			if m > n+1 {
				dst = append(dst, ',')
			}
			dst = append(append(dst, t.Raw(m)...), ':')
			dst = t.AppendCompact(dst, m+1)
		}
		return append(dst, '}')
	case KindArray:
		dst = append(dst, '[')
		for m := n + 1; m < int(nd.Next); m = int(t.Nodes[m].Next) {
			if m > n+1 {
				dst = append(dst, ',')
			}
			dst = t.AppendCompact(dst, m)
		}
		return append(dst, ']')
	default:
		return append(dst, t.Raw(n)...)
	}
}
