// Package redact is the one gate that every record, line and log value passes
// before it is written for the first time. It keeps the table of what counts
// as a credential and replaces each one by [Mark]; personal data stays, the
// lake is made of it.
//
// The gate denies by default: a value is taken out because of the name that
// it stands under, whatever it looks like, or because of what it looks like,
// whatever it stands under. It must never let a value through because it
// could not be read: broken JSON and garbage are searched as text. It must
// never turn valid JSON into something else, and it changes nothing in what
// it does not take out.
package redact

import (
	"sync"
	"sync/atomic"

	"github.com/power100/tpe/internal/tape"
)

// Mark stands in the place of everything that was taken out.
const Mark = "[redacted]"

// Options adapts a gate to one installation.
type Options struct {
	// Deny lists further names of members, headers and parameters whose
	// values are credentials. Spelling does not matter: "door key" also
	// covers doorKey and DOOR-KEY.
	Deny []string
}

// Gate takes credentials out of records and text. It is safe for concurrent
// use and must not be copied.
type Gate struct {
	names *nameTable
	text  *textTable
	scan  *scanner
	plain class // of a name that says nothing
	sent  class // of a "code" that a caller sent
	entry class // of a "code" that opens something
	cache [cacheSets][cacheWays]atomic.Pointer[cached]
	pool  sync.Pool // of *state
}

// Removal says where something was taken out of a record, and by which rule.
type Removal struct {
	Pointer string // JSON Pointer of the value that was changed
	Rule    string // Name of a [Rule]; "denied-name" for a name in [Options]
}

// New returns a gate.
func New(o Options) *Gate {
	g := &Gate{names: newNameTable(o.Deny), text: newTextTable(), scan: newScanner()}
	g.sent = class{mode: judgeCode, role: holdsRequest, rule: "code"}
	g.entry = class{mode: denyAll, rule: "one-time-code"}
	g.pool.New = func() any { return &state{g: g} }
	return g
}

// Record passes the record on t through the gate. When nothing is found, the
// result is the tape as it came. Else t is parsed again from the clean bytes,
// so that t and the result always agree, and the removals say what was done,
// the first hundred of them.
func (g *Gate) Record(t *tape.Tape) (Clean, []Removal) {
	w := g.state()
	defer g.release(w)
	w.tell = true
	out, changed := w.settle(t, &g.plain)
	if !changed {
		return Clean{json: t.Src, tape: t}, nil
	}
	if err := t.Parse(out); err != nil {
		// settle has parsed these bytes, so this is out of reach. If it is
		// reached all the same, nothing of the record may pass.
		_ = t.Parse([]byte(`"` + Mark + `"`))
	}
	return Clean{json: t.Src, tape: t}, w.told
}

// AppendJSON appends the record on t to dst as it is after the gate, and says
// whether it differs from t.Src. t stays as it was.
func (g *Gate) AppendJSON(dst []byte, t *tape.Tape) ([]byte, bool) {
	w := g.state()
	defer g.release(w)
	if out, changed := w.settle(t, &g.plain); changed {
		return append(dst, out...), true
	}
	return append(dst, t.Src...), false
}

// AppendText appends s as it is after the gate. s may be anything: prose, a
// form, a header block, JSON, or a line of JSON that was torn. A JSON object,
// list or string stays valid JSON.
func (g *Gate) AppendText(dst, s []byte) []byte {
	w := g.state()
	defer g.release(w)
	if out, changed := w.anyText(s, &g.plain); changed {
		return append(dst, out...)
	}
	return append(dst, s...)
}

// Query returns a URL query string, or a form, without its credentials. A
// leading question mark is kept.
func (g *Gate) Query(raw string) string {
	w := g.state()
	defer g.release(w)
	if out, changed := w.freeText([]byte(raw)); changed {
		return string(out)
	}
	return raw
}

// Header returns the value of one header field without its credentials.
func (g *Gate) Header(name, value string) string {
	w := g.state()
	defer g.release(w)
	if c := g.class([]byte(name)); c.mode == denyAll || c.mode == denyOwn {
		if isMark([]byte(value)) || value == "" {
			return value
		}
		return Mark
	}
	if out, changed := w.freeText([]byte(value)); changed {
		return string(out)
	}
	return value
}

// state returns what one pass needs; release gives it back.
func (g *Gate) state() *state { return g.pool.Get().(*state) }

func (g *Gate) release(w *state) {
	w.reset()
	g.pool.Put(w)
}

// isMark reports whether b has been redacted already, by this gate or by the
// service before it, which wrote the mark in capitals.
func isMark(b []byte) bool { return len(b) == len(Mark) && hasMark(b) }

func hasMark(b []byte) bool {
	if len(b) < len(Mark) {
		return false
	}
	for i := range len(Mark) {
		if lower(b[i]) != Mark[i] {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c-'A' < 26 {
		return c | 0x20
	}
	return c
}
