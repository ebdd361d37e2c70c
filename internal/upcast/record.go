package upcast

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/power100/tpe/internal/tape"
)

// record is a record that is being changed: a tree over the tape that is
// opened only where a rule looks.
type record struct {
	t    *tape.Tape
	top  *object
	old  bool   // the old service wrote it
	kind string // interaction_type; "" when it is no text
	err  error  // why the record cannot be turned
}

// object is a JSON object whose members keep their order.
type object struct {
	members []member
}

type member struct {
	name  string
	value value
}

// value is a JSON value: a node of the tape, an object that was opened, or
// text that a rule made.
type value struct {
	node int
	obj  *object
	raw  []byte
}

func newRecord(t *tape.Tape) *record {
	r := &record{t: t}
	r.top = r.load(0)
	if v, ok := r.top.get("interaction_type"); ok && r.is(v, tape.KindString) {
		r.kind = r.text(v)
	}
	return r
}

// load opens the object at node n.
func (r *record) load(n int) *object {
	o := new(object)
	for name, value := range r.t.Members(n) {
		o.members = append(o.members, member{r.t.Text(name), node(value)})
	}
	return o
}

// node is the value at a node of the tape.
func node(n int) value { return value{node: n} }

// text is a JSON string.
func text(s string) value { return value{raw: quote(nil, s)} }

// quote appends s as a JSON string. Bytes that are not UTF-8 are replaced.
func quote(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s) // the error only tells of replaced bytes
	return dst
}

// literal is a value in its JSON spelling.
func literal(s string) value { return value{raw: []byte(s)} }

// is says whether v is of the kind.
func (r *record) is(v value, kind tape.Kind) bool { return r.kindOf(v) == kind }

func (r *record) kindOf(v value) tape.Kind {
	switch {
	case v.obj != nil:
		return tape.KindObject
	case v.raw == nil:
		return r.t.Kind(v.node)
	case v.raw[0] == '"':
		return tape.KindString
	case v.raw[0] == '[':
		return tape.KindArray
	case v.raw[0] == 't':
		return tape.KindTrue
	case v.raw[0] == 'f':
		return tape.KindFalse
	case v.raw[0] == 'n':
		return tape.KindNull
	}
	return tape.KindNumber
}

// text returns the text of a string, or the spelling of anything else.
func (r *record) text(v value) string {
	switch {
	case v.obj != nil || r.is(v, tape.KindArray) || r.is(v, tape.KindObject):
		return string(r.appendValue(nil, v))
	case v.raw == nil:
		return r.t.Text(v.node)
	case v.raw[0] == '"':
		return string(tape.AppendUnescaped(nil, v.raw[1:len(v.raw)-1]))
	}
	return string(v.raw)
}

// str returns a member that is text, or "".
func (r *record) str(o *object, name string) string {
	if v, ok := o.get(name); ok && r.is(v, tape.KindString) {
		return r.text(v)
	}
	return ""
}

// same says whether two values are spelled the same.
func (r *record) same(a, b value) bool {
	return bytes.Equal(r.appendValue(nil, a), r.appendValue(nil, b))
}

// append writes the record on one line.
func (r *record) append(dst []byte) []byte { return r.appendObject(dst, r.top) }

func (r *record) appendObject(dst []byte, o *object) []byte {
	dst = append(dst, '{')
	for i, m := range o.members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(quote(dst, m.name), ':')
		dst = r.appendValue(dst, m.value)
	}
	return append(dst, '}')
}

func (r *record) appendValue(dst []byte, v value) []byte {
	switch {
	case v.obj != nil:
		return r.appendObject(dst, v.obj)
	case v.raw != nil:
		return append(dst, v.raw...)
	}
	return r.t.AppendCompact(dst, v.node)
}

// at returns the place of a member, or -1.
func (o *object) at(name string) int {
	for i := range o.members {
		if o.members[i].name == name {
			return i
		}
	}
	return -1
}

func (o *object) get(name string) (value, bool) {
	if i := o.at(name); i >= 0 {
		return o.members[i].value, true
	}
	return value{}, false
}

// set replaces a member or adds it at the end.
func (o *object) set(name string, v value) {
	if i := o.at(name); i >= 0 {
		o.members[i].value = v
		return
	}
	o.members = append(o.members, member{name, v})
}

// add sets a member that is not there yet, and says whether it did.
func (o *object) add(name string, v value) bool {
	if o.at(name) >= 0 {
		return false
	}
	o.members = append(o.members, member{name, v})
	return true
}

// take removes a member and returns it.
func (o *object) take(name string) (value, bool) {
	i := o.at(name)
	if i < 0 {
		return value{}, false
	}
	v := o.members[i].value
	o.members = append(o.members[:i], o.members[i+1:]...)
	return v, true
}

// rename gives a member another name, in its place, unless that is taken.
func (o *object) rename(from, to string) bool {
	i := o.at(from)
	if i < 0 || o.at(to) >= 0 {
		return false
	}
	o.members[i].name = to
	return true
}

// open returns the member of that name as an object that can be changed, or
// nil when it is not an object.
func (r *record) open(o *object, name string) *object {
	i := o.at(name)
	if i < 0 {
		return nil
	}
	v := &o.members[i].value
	if v.obj == nil {
		if v.raw != nil || r.t.Kind(v.node) != tape.KindObject {
			return nil
		}
		v.obj = r.load(v.node)
	}
	return v.obj
}

// make returns the member of the record of that name as an object, and makes
// it when it is not there. A member of another kind is put aside.
func (r *record) make(name string) *object {
	if o := r.open(r.top, name); o != nil {
		return o
	}
	former, had := r.top.get(name)
	o := new(object)
	r.top.set(name, value{obj: o})
	if had && !r.is(former, tape.KindNull) {
		r.aside(name, former)
	}
	return o
}

func (r *record) metadata() *object { return r.make("metadata") }

// aside keeps a value that has no place in the contract, or not in this
// form, as metadata.original_<name>, with a number behind when that is taken.
func (r *record) aside(name string, v value) {
	as := "original_" + name
	for i := 2; !r.metadata().add(as, v); i++ {
		as = fmt.Sprintf("original_%s_%d", name, i)
	}
}

// move takes a member of one object into another under a new name. It stays
// where it is when the other has a different value under that name.
func (r *record) move(from *object, name string, to *object, as string) bool {
	v, ok := from.get(name)
	if !ok {
		return false
	}
	if there, taken := to.get(as); taken && !r.same(there, v) {
		return false
	}
	from.take(name)
	to.add(as, v)
	return true
}

// note lists the rules that changed the record in metadata.upcast, after
// those of an earlier time.
func (r *record) note(rules []string) {
	var list []string
	if v, ok := r.metadata().get("upcast"); ok && v.raw == nil && v.obj == nil {
		for n := range r.t.Elements(v.node) {
			list = append(list, string(r.t.Raw(n)))
		}
	}
	for _, rule := range rules {
		list = append(list, `"`+rule+`"`)
	}
	r.metadata().set("upcast", literal("["+strings.Join(list, ",")+"]"))
}
