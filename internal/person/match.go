package person

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// Verdict says what a record has to do with a person.
type Verdict int

// The verdicts.
const (
	Untouched Verdict = iota // nothing
	Mentions                 // it is somebody else's and has an id of the person
	Belongs                  // it is the person's
)

// set says for which roles an id is one of those that are searched: for none
// when it is not. What it returns is good until the next call.
type set interface {
	has(kind Kind, text []byte) roles
}

// roles are those for which an id counts; an empty one stands for any.
type roles []string

// with says whether the id counts for a role.
func (r roles) with(role string) bool { return slices.Contains(r, role) || slices.Contains(r, "") }

// Matcher judges records. It is not safe for concurrent use.
type Matcher struct {
	set    set
	before int64 // see Person
	also   func(*tape.Tape) bool
	wanted kinds
	find   finder
	places []span
}

// NewMatcher returns a matcher for one person.
func NewMatcher(p Person) *Matcher {
	s := plainSet{roles: roles{p.Role}, ids: map[Kind]map[string]bool{User: {}, Email: {}, Phone: {}, Record: {}}}
	for _, id := range p.IDs {
		s.ids[id.Kind][id.Text] = true
	}
	wanted := kinds{email: len(s.ids[Email]) > 0, phone: len(s.ids[Phone]) > 0, user: len(s.ids[User]) > 0, record: len(s.ids[Record]) > 0}
	return &Matcher{set: s, before: p.Before, also: p.Also, wanted: wanted}
}

// plainSet holds the ids themselves.
type plainSet struct {
	roles roles
	ids   map[Kind]map[string]bool
}

func (s plainSet) has(kind Kind, text []byte) roles {
	if !s.ids[kind][string(text)] {
		return nil
	}
	return s.roles
}

// Judge says what a record has to do with the person.
func (m *Matcher) Judge(t *tape.Tape) Verdict {
	if len(t.Nodes) == 0 {
		return Untouched
	}
	if m.Spares(t) {
		return Untouched
	}
	if m.Named(t) {
		return Belongs
	}
	anonymous := true
	if n, ok := t.Find("user_id"); ok && t.Kind(n) != tape.KindNull {
		id := t.Bytes(n)
		anonymous = nobody(id)
		if !anonymous && roleFits(t, m.set.has(User, id)) {
			return Belongs
		}
		if !anonymous && t.Kind(n) == tape.KindString && m.address(id) {
			return Belongs
		}
	}
	exact, any := m.search(t)
	switch {
	case exact && anonymous:
		return Belongs
	case any:
		return Mentions
	}
	return Untouched
}

// Named says whether a record is the person's by its own id. Its user_id may
// be that of somebody who wrote it down for the person.
func (m *Matcher) Named(t *tape.Tape) bool {
	if !m.wanted.record {
		return false
	}
	n, ok := t.Find("interaction_id")
	if !ok || t.Kind(n) != tape.KindString {
		return false
	}
	return len(m.set.has(Record, t.Bytes(n))) > 0
}

// Spares says whether a record is left out for its time, see Person.
func (m *Matcher) Spares(t *tape.Tape) bool {
	return m.before != 0 && since(t, m.before) && (m.also == nil || !m.also(t))
}

// since says whether a record is of that time or later, by itself or, when it
// was not taken, in the item of quarantine that has it.
func since(t *tape.Tape, ms int64) bool {
	n, ok := t.Find("timestamp")
	if !ok {
		n, ok = t.Find("body", "timestamp")
	}
	if !ok || t.Kind(n) != tape.KindString {
		return false
	}
	at, err := tpe.ParseTime(t.Text(n))
	return err == nil && at.UnixMilli() >= ms
}

// roleFits says whether the record's user_type is one of the roles, or tells
// none.
func roleFits(t *tape.Tape, fit roles) bool {
	if len(fit) == 0 {
		return false
	}
	n, ok := t.Find("user_type")
	if !ok {
		return true
	}
	switch got := string(t.Bytes(n)); got {
	case tpe.UserUnknown, tpe.Anonymous, "", "null":
		return true
	default:
		return fit.with(got)
	}
}

// address says whether a user_id is an e-mail address or a phone number of the
// person and nothing else.
func (m *Matcher) address(id []byte) bool {
	if !m.wanted.email && !m.wanted.phone {
		return false
	}
	m.places = m.places[:0]
	wanted := m.wanted
	wanted.user = false // that counts for its role only
	exact, _ := m.text(id, wanted)
	return exact && m.places[0] == span{0, len(id)}
}

// search looks for ids anywhere in the record.
func (m *Matcher) search(t *tape.Tape) (exact, any bool) {
	for n := range t.Nodes {
		if !m.mayHold(t, n) {
			continue
		}
		e, a := m.node(t, n)
		exact, any = exact || e, any || a
		if exact {
			break
		}
	}
	return exact, any
}

// mayHold says whether a node can hold an id.
func (m *Matcher) mayHold(t *tape.Tape, n int) bool {
	k := t.Kind(n)
	return k == tape.KindString || k == tape.KindNumber
}

// node looks for ids in one node and leaves their places.
func (m *Matcher) node(t *tape.Tape, n int) (exact, any bool) {
	m.places = m.places[:0]
	text := t.Bytes(n)
	if m.whole(t, n, text) {
		m.places = append(m.places, span{0, len(text)})
		return true, true
	}
	if t.Kind(n) == tape.KindNumber {
		if _, ok := t.Int(n); !ok || len(text) > maxPhone {
			return false, false
		}
	}
	return m.text(text, m.wanted)
}

// whole says whether the node as a whole is a user id.
func (m *Matcher) whole(t *tape.Tape, n int, text []byte) bool {
	if n == 0 || t.Nodes[n].Flags&tape.Name != 0 {
		return false
	}
	if distinct(text) || len(text) >= minDistinct && t.Kind(n) == tape.KindString {
		if len(m.set.has(User, text)) > 0 {
			return true
		}
	}
	before := &t.Nodes[n-1]
	if before.Flags&tape.Name == 0 {
		return false
	}
	o := ownerOf(t.Bytes(n - 1))
	if o == nobodys || nobody(text) {
		return false
	}
	fit := m.set.has(User, text)
	if o == "" {
		return len(fit) > 0 && (!m.topUser(t, n) || roleFits(t, fit))
	}
	return fit.with(string(o))
}

// topUser says whether a node is the value of the record's own user_id.
func (m *Matcher) topUser(t *tape.Tape, n int) bool {
	own, ok := t.Find("user_id")
	return ok && own == n
}

// text looks for ids in a text and leaves their places.
func (m *Matcher) text(text []byte, wanted kinds) (exact, any bool) {
	m.find.each(text, wanted, func(h hit) bool {
		fit := m.set.has(h.kind, h.text)
		if len(fit) == 0 || h.owner != "" && !fit.with(string(h.owner)) {
			return false
		}
		exact, any = exact || !h.inexact, true
		m.places = append(m.places, span{h.from, h.to})
		return true
	})
	return exact, any
}

// Text says whether an id stands in a text that is no record. Such a text
// has no owner: it belongs to the person when it has an id.
func (m *Matcher) Text(text []byte) bool {
	m.places = m.places[:0]
	_, any := m.text(text, m.wanted)
	return any
}

// AppendWithout appends the record with every id of the person replaced by
// Mark. Nothing else of its meaning changes.
func (m *Matcher) AppendWithout(dst []byte, t *tape.Tape) []byte {
	return m.appendNode(dst, t, 0)
}

func (m *Matcher) appendNode(dst []byte, t *tape.Tape, n int) []byte {
	nd := &t.Nodes[n]
	switch nd.Kind {
	case tape.KindObject:
		var used map[string]bool // names that were made here
		dst = append(dst, '{')
		for name, value := range t.Members(n) {
			if name > n+1 {
				dst = append(dst, ',')
			}
			if _, any := m.node(t, name); any {
				text := string(m.replace(t.Bytes(name)))
				plain := text
				for i := 2; used[text] || has(t, n, text); i++ {
					text = plain + " " + strconv.Itoa(i)
				}
				if used == nil {
					used = map[string]bool{}
				}
				used[text] = true
				dst = tpe.AppendString(dst, text)
			} else {
				dst = append(dst, t.Raw(name)...)
			}
			dst = append(dst, ':')
			dst = m.appendNode(dst, t, value)
		}
		return append(dst, '}')
	case tape.KindArray:
		dst = append(dst, '[')
		first := true
		for e := range t.Elements(n) {
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = m.appendNode(dst, t, e)
		}
		return append(dst, ']')
	case tape.KindString, tape.KindNumber:
		if _, any := m.node(t, n); any {
			return tpe.AppendString(dst, string(m.replace(t.Bytes(n))))
		}
	default:
	}
	return append(dst, t.Raw(n)...)
}

func has(t *tape.Tape, obj int, name string) bool {
	_, ok := t.Get(obj, name)
	return ok
}

// replace puts Mark into the places that node or text left. What then reads
// as an id anew is replaced as well.
func (m *Matcher) replace(text []byte) []byte {
	for len(m.places) > 0 {
		var out bytes.Buffer
		at := 0
		for _, p := range merged(m.places) {
			out.Write(text[at:p.from])
			out.WriteString(Mark)
			at = p.to
		}
		out.Write(text[at:])
		text = out.Bytes()
		m.places = m.places[:0]
		m.text(text, m.wanted)
	}
	return text
}

// AppendTextWithout appends a text with every id of the person replaced.
func (m *Matcher) AppendTextWithout(dst, text []byte) []byte {
	m.Text(text)
	return append(dst, m.replace(text)...)
}
