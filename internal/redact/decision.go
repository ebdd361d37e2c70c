package redact

import "github.com/power100/tpe/internal/tape"

// decision is what the gate made of the name at a place of a tape's memory.
// It depends on nothing but the name and the classes that hold for the object
// around it, and is good for each member at that place in such an object.
type decision struct {
	under, by    *class // of the object, see state.value; nil when nothing is remembered
	own, decides *class // of the member's value
}

// decisions are those about the places of one memory.
type decisions struct {
	memory *tape.Memory
	places []decision
}

// of returns the decisions about the places of t, to look up and to add to.
func (d *decisions) of(t *tape.Tape) []decision {
	m, places := t.Memory(), 1
	if m != nil {
		places = m.Places()
	}
	if m != d.memory {
		clear(d.places)
		d.memory = m
	}
	if more := places - len(d.places); more > 0 {
		d.places = append(d.places, make([]decision, more)...)
	}
	return d.places
}
