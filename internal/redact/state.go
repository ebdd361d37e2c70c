package redact

import "github.com/power100/tpe/internal/tape"

// maxPasses bounds the passes over one value until nothing more is found.
const maxPasses = 8

// maxNesting bounds JSON in strings in JSON in strings, and texts in
// percent-coded texts. Below it a text is only searched.
const maxNesting = 12

// maxTold bounds the removals that are told of one record: each costs a walk.
const maxTold = 100

// state is what one pass through the gate needs. It is not safe for
// concurrent use; a Gate keeps a pool of them.
type state struct {
	g       *Gate
	t       *tape.Tape // being walked
	edits   []edit     // of t.Src, in order
	found   tape.Tape  // JSON found in a text
	again   tape.Tape  // the result of a pass, for the next one
	scratch []byte     // an unescaped string
	instead []byte     // of the latest hit, in place of the mark
	nesting int
	child   *state // for what is nested in a text, once there was something
	seen    seen
	asked   []byte // the query of the variables that come next

	first   tape.Notes[decision] // about the tapes that come
	later   tape.Notes[decision] // about again
	decided []decision           // by place of t
	direct  bool                 // what holds of the object at hand, see decision
	sure    bool                 // the latest record had no name whose decision is not remembered

	tell  bool // collect told and rules
	told  []Removal
	rules []string // what was found in the text that was searched last
}

// edit replaces a span of the source.
type edit struct {
	start, end uint32
	text       []byte // nil: the mark, as a JSON string
}

func (w *state) reset() {
	const keep = 1 << 20 // larger buffers are left to the collector
	w.t, w.edits, w.nesting, w.asked = nil, w.edits[:0], 0, nil
	w.tell, w.told, w.rules = false, nil, w.rules[:0]
	if cap(w.scratch) > keep {
		w.scratch = nil
	}
	for _, t := range []*tape.Tape{&w.found, &w.again} {
		t.Src = nil
		if cap(t.Nodes) > keep/16 {
			*t = tape.Tape{}
		}
	}
}

// settle walks t, whose root stands under a name of class parent, until a pass
// finds nothing more. It returns the new text, and whether it is new. t stays
// as it was.
func (w *state) settle(t *tape.Tape, parent *class) (out []byte, changed bool) {
	if !w.walk(t, parent) {
		return nil, false
	}
	for range maxPasses {
		out = w.apply()
		if err := w.again.Parse(out); err != nil {
			break
		}
		if !w.walk(&w.again, parent) {
			return out, true
		}
	}
	return []byte(`"` + Mark + `"`), true
}

// apply returns the source of the walk with its edits done.
func (w *state) apply() []byte {
	src := w.t.Src
	out := make([]byte, 0, len(src)+len(w.edits)*(len(Mark)+2))
	at := uint32(0)
	for _, e := range w.edits {
		out = append(out, src[at:e.start]...)
		if e.text == nil {
			out = append(append(append(out, '"'), Mark...), '"')
		} else {
			out = append(out, e.text...)
		}
		at = e.end
	}
	return append(out, src[at:]...)
}
