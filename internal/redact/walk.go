package redact

import (
	"bytes"
	"slices"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// walk searches every name and value of t and collects the edits. It reports
// whether there are any.
func (w *state) walk(t *tape.Tape, parent *class) bool {
	w.t, w.edits = t, w.edits[:0]
	if t == &w.again {
		w.decided = w.later.Of(t)
	} else {
		w.decided = w.first.Of(t)
	}
	w.direct = parent == &w.g.plain
	if w.direct && w.sure {
		told := len(w.told)
		if w.known() {
			return len(w.edits) > 0
		}
		w.edits, w.told = w.edits[:0], w.told[:told]
	}
	w.sure = true
	w.value(0, parent, &w.g.plain)
	return len(w.edits) > 0
}

// known is value for a record in which each name is known to stand where it
// stood before. It reports whether that is so; if not, it has not searched
// all of it.
func (w *state) known() bool {
	t, decided, free := w.t, w.decided, &w.g.plain
	nodes := t.Nodes
	if nodes[0].Kind != tape.KindObject {
		return false
	}
	// After a member comes the next one of its object or of one around it.
	for n := 1; n+1 < len(nodes); {
		d := &decided[nodes[n].Place]
		if !d.direct {
			return false
		}
		n++
		switch v := &nodes[n]; v.Kind {
		case tape.KindString:
			if raw := t.Src[v.Start:v.End]; d.decides != free {
				w.str(n, d.own, d.decides)
			} else if !w.g.isPlain(raw) {
				w.search(n, raw, d.own)
			}
			n++
		case tape.KindNumber:
			w.number(n, d.decides)
			n++
		case tape.KindArray:
			w.array(n, d.own, d.decides)
			n = int(v.Next)
		default:
			n++
		}
	}
	return true
}

// value searches node n. under is the class of the name that it stands under,
// be it in a list; by is the class that decides about it, which an object
// above may have handed down.
func (w *state) value(n int, under, by *class) {
	switch w.t.Nodes[n].Kind {
	case tape.KindString:
		w.str(n, under, by)
	case tape.KindNumber:
		w.number(n, by)
	case tape.KindObject:
		w.object(n, under, by)
	case tape.KindArray:
		w.array(n, under, by)
	default:
		// true, false and null are never secret.
	}
}

func (w *state) object(n int, under, by *class) {
	nodes, free := w.t.Nodes, &w.g.plain // of all classes that allow a value, one stands for the others
	var handed *class                    // decides about members whose own name says less
	if by.mode == denyAll || by.mode == denyText {
		handed = by
	}
	how := asName
	switch {
	case under.role&holdsQuery != 0:
		how = asQuery
	case under.role&holdsMadeUp != 0:
		how = asProse
	}
	var used usedNames
	var named *class // by what stands beside a value
	direct := w.direct
	var asked []byte // the query whose variables these are
	if under.role&holdsVariables != 0 {
		asked, w.asked = w.asked, nil
	}
	end := int(nodes[n].Next)
	for m := n + 1; m < end; m = int(nodes[m].Next) {
		known := &w.decided[nodes[m].Place]
		if known.under == under && known.by == by && asked == nil {
			known.direct = known.direct || direct
			switch v := &nodes[m+1]; v.Kind {
			case tape.KindString:
				if raw := w.t.Src[v.Start:v.End]; known.decides != free {
					w.str(m+1, known.own, known.decides)
				} else if !w.g.isPlain(raw) {
					w.search(m+1, raw, known.own)
				}
			case tape.KindTrue, tape.KindFalse, tape.KindNull:
			default:
				w.value(m+1, known.own, known.decides)
			}
			continue
		}
		own := w.name(m, how)
		decides := own
		if own.dirty {
			w.cleanName(n, m, &used)
		}
		if own.role&holdsValue != 0 {
			if named == nil {
				named = stricter(w.named(n), by) // by: {"pin": {"value": 1234}}
			}
			decides = stricter(own, named)
		}
		if own.role&holdsText != 0 {
			decides = stricter(own, w.asText(n))
		}
		if asked != nil {
			decides = stricter(own, w.variable(asked, w.t.Bytes(m)))
		}
		if own.role&holdsVariables != 0 && nodes[m+1].Kind == tape.KindObject {
			w.asked = w.query(n)
		}
		switch decides.mode {
		case judgeCode:
			decides = w.g.codeIn(under, decides)
		case judgeBank:
			decides = w.atBank(n, decides)
		default:
		}
		if handed != nil && decides.mode <= handed.mode {
			decides = handed
		}
		if decides.mode == allow {
			decides = free
		}
		if nodes[m].Place != 0 && !own.dirty && own.role&(holdsValue|holdsText|holdsVariables) == 0 && own.mode != judgeBank && asked == nil {
			*known = decision{under, by, own, decides, direct}
			w.value(m+1, own, decides)
			continue
		}
		w.sure, w.direct = w.sure && !direct, false
		w.value(m+1, own, decides)
		w.direct = direct
	}
}

func stricter(a, b *class) *class {
	if b.mode > a.mode {
		return b
	}
	return a
}

// codeIn returns the class that decides about a "code" of class c in an object
// that stands under a name of class holder.
func (g *Gate) codeIn(holder, c *class) *class {
	switch {
	case holder.role&holdsSecretCode != 0:
		return &g.entry
	case holder.role&holdsRequest != 0:
		return &g.sent
	case holder.role&holdsOtherCode != 0:
		return &g.plain
	default:
		return c
	}
}

func (w *state) array(n int, under, by *class) {
	nodes := w.t.Nodes
	if by.mode == denySelf {
		by = &w.g.plain
	}
	direct := w.direct
	w.direct = false
	end := int(nodes[n].Next)
	last := 0 // the element before
	for m, i := n+1, 0; m < end; m, i = int(nodes[m].Next), i+1 {
		decides, before := by, last
		last = m
		switch {
		case by.mode != allow:
		case nodes[m].Kind == tape.KindArray && w.pair(m, under):
			continue
		case i%2 == 1 && under.role&holdsHeaders != 0 && nodes[before].Kind == tape.KindString && !bytes.Contains(w.t.Raw(before), []byte(":")):
			// ["Authorization", "Bearer ...", "Host", ...]
			decides = w.nameIn(before)
		}
		w.value(m, under, decides)
	}
	w.direct = direct
}

// pair searches the array at n if it is a name and its values in a list of
// such: [["Authorization", "Bearer ..."], ...].
func (w *state) pair(n int, under *class) bool {
	nodes := w.t.Nodes
	name, end := n+1, int(nodes[n].Next)
	if name == end || nodes[name].Kind != tape.KindString {
		return false
	}
	by := w.nameIn(name)
	if by.mode == allow {
		return false
	}
	w.value(name, under, &w.g.plain)
	for m := name + 1; m < end; m = int(nodes[m].Next) {
		w.value(m, under, by)
	}
	return true
}

// asText returns the class of the "text" in object obj, going by the key that
// stands beside it. A sentence is no answer.
func (w *state) asText(obj int) *class {
	nodes := w.t.Nodes
	for m := obj + 1; m < int(nodes[obj].Next); m = int(nodes[m].Next) {
		if nodes[m+1].Kind != tape.KindString || w.name(m, asName).role&holdsKey == 0 {
			continue
		}
		if c := w.nameIn(m + 1); c.mode >= denySelf {
			return &class{mode: denySelf, rule: c.rule}
		}
	}
	return &w.g.plain
}

// atBank returns the class of an account's number in object obj: beside the
// number of a bank it is a credential.
func (w *state) atBank(obj int, c *class) *class {
	nodes := w.t.Nodes
	for m := obj + 1; m < int(nodes[obj].Next); m = int(nodes[m].Next) {
		if beside := w.name(m, asName); beside.rule == c.rule && beside.mode == denyOwn {
			return beside
		}
	}
	return &w.g.plain
}

// query returns the text of the GraphQL query in object obj.
func (w *state) query(obj int) []byte {
	if v, ok := w.t.Get(obj, "query"); ok && w.t.Nodes[v].Kind == tape.KindString {
		return slices.Clone(w.t.Bytes(v))
	}
	return nil
}

// variable returns the class of a variable of a GraphQL query, going by the
// arguments that it is given to: login(password: $p).
func (w *state) variable(query, name []byte) *class {
	c := &w.g.plain
	for p := 0; p < len(query); {
		i := bytes.IndexByte(query[p:], '$')
		if i < 0 {
			break
		}
		i += p
		p = i + 1
		for p < len(query) && isNameByte(query[p]) {
			p++
		}
		colon := i
		for colon > 0 && isBlank(query[colon-1]) {
			colon--
		}
		if at(query, colon-1) != ':' || !bytes.Equal(query[i+1:p], name) {
			continue
		}
		if n, ok := nameBefore(query, colon-1, 0); ok {
			c = stricter(c, w.g.class(n.text))
		}
	}
	return c
}

// named returns the class of the "value" in object obj, going by the name that
// stands beside it.
func (w *state) named(obj int) *class {
	nodes := w.t.Nodes
	c := &w.g.plain
	_, patch := w.t.Get(obj, "op")
	for m := obj + 1; m < int(nodes[obj].Next); m = int(nodes[m].Next) {
		v := m + 1
		if nodes[v].Kind != tape.KindString || w.name(m, asName).role&holdsName == 0 {
			continue
		}
		// A path is that of a page, unless this is a JSON Patch.
		if !patch && at(w.t.Src, int(nodes[v].Start)) == '/' && string(w.t.Bytes(m)) == "path" {
			continue
		}
		c = stricter(c, w.nameIn(v))
	}
	return c
}

// nameIn reads the string at node n as a name, or as a label of a few words. A
// sentence counts by its end.
func (w *state) nameIn(n int) *class {
	text := w.t.Bytes(n)
	if len(text) > maxName {
		return &w.g.plain
	}
	if bytes.Count(text, []byte(" ")) > 2 {
		return w.g.classAs(text, asProse)
	}
	return w.g.class(text)
}

// name returns the class of the member's name at node m.
func (w *state) name(m int, how reading) *class {
	nd := &w.t.Nodes[m]
	if nd.Flags&tape.Escaped != 0 {
		return w.g.classAs(w.t.Bytes(m), how)
	}
	return w.g.classOf(nd.Hash+uint64(how), w.t.Src[nd.Start:nd.End], how)
}

// usedNames are the names of an object in which one was changed.
type usedNames struct {
	taken map[string]bool
	next  map[string]int // for the names that are equal without their credentials
}

// cleanName takes credentials out of the name at node m of object obj, and
// keeps the names of the object different from each other.
func (w *state) cleanName(obj, m int, used *usedNames) {
	out, changed := w.anyText(w.t.Bytes(m), &w.g.plain)
	if !changed {
		return
	}
	if used.taken == nil {
		used.taken, used.next = make(map[string]bool), make(map[string]int)
		for k := range w.t.Members(obj) {
			used.taken[string(w.t.Bytes(k))] = true
		}
	}
	base := string(out)
	name := base
	for used.taken[name] {
		name = letters(used.next[base]) + "~" + base
		used.next[base]++
	}
	used.taken[name] = true
	nd := &w.t.Nodes[m]
	w.edits = append(w.edits, edit{nd.Start - 1, nd.End + 1, tpe.AppendString(nil, name)})
	w.note(m, "member-name")
}

// letters counts in letters: a, b, ... z, ba, bb. Digits might be taken for a
// code.
func letters(i int) string {
	var out []byte
	for {
		out = append([]byte{'a' + byte(i%26)}, out...)
		if i /= 26; i == 0 {
			return string(out)
		}
	}
}

func (w *state) number(n int, by *class) {
	v := &w.t.Nodes[n]
	lit := w.t.Src[v.Start:v.End]
	switch {
	case by.mode >= denySelf:
		w.deny(n, by.rule)
	case by.mode == judgeCode && v.Flags&tape.Int != 0 && secretCode(lit, by == &w.g.sent):
		w.deny(n, by.rule)
	case v.Flags&tape.Int != 0 && len(lit) >= minCard && isCard(lit):
		w.deny(n, "card-number")
	}
}

func (w *state) str(n int, under, by *class) {
	v := &w.t.Nodes[n]
	raw := w.t.Src[v.Start:v.End]
	switch by.mode {
	case allow:
	case judgeCode:
		if secretCode(w.t.Bytes(n), by == &w.g.sent) {
			w.deny(n, by.rule)
			return
		}
	case judgeLook:
		if looksLikeCode(w.t.Bytes(n)) {
			w.deny(n, by.rule)
			return
		}
	case judgeBank:
	case denyText:
		if !isCount(raw) && !isLiteral(raw) {
			w.deny(n, by.rule)
		}
		return
	case denySelf:
		if !isStatement(raw) {
			w.deny(n, by.rule)
			return
		}
	default:
		if by.rule != "authorization" || !isLiteral(raw) && !isAuthScheme(raw) {
			w.deny(n, by.rule)
		}
		return
	}
	if !w.g.isPlain(raw) {
		w.search(n, raw, under)
	}
}

// search takes credentials out of string n, whose JSON text is raw.
func (w *state) search(n int, raw []byte, under *class) {
	v := &w.t.Nodes[n]
	w.rules = w.rules[:0]
	var out []byte
	var changed bool
	switch {
	case v.Flags&tape.Escaped != 0:
		w.scratch = tape.AppendUnescaped(w.scratch[:0], raw)
		out, changed = w.anyText(w.scratch, under)
	// Without an escaped quote it cannot be JSON that has names.
	case len(raw) < minSeen || len(raw) > maxSeen:
		out, changed = w.freeText(raw)
	default:
		hash := w.t.ValueHash(n)
		if w.seen.has(hash, raw) {
			return
		}
		if out, changed = w.freeText(raw); !changed {
			w.seen.add(hash, raw)
		}
	}
	if !changed {
		return
	}
	w.edits = append(w.edits, edit{v.Start - 1, v.End + 1, tpe.AppendString(nil, string(out))})
	for _, rule := range w.rules {
		w.note(n, rule)
	}
}

// deny replaces the value at node n, unless there is nothing to hide.
func (w *state) deny(n int, rule string) {
	v := &w.t.Nodes[n]
	start, end := v.Start, v.End
	if v.Kind == tape.KindString {
		if start == end || isMark(w.t.Src[start:end]) {
			return
		}
		start, end = start-1, end+1
	}
	w.edits = append(w.edits, edit{start: start, end: end})
	w.note(n, rule)
}

func (w *state) note(n int, rule string) {
	if w.tell && len(w.told) < maxTold {
		w.told = append(w.told, Removal{Pointer: w.t.Pointer(n), Rule: rule})
	}
}
