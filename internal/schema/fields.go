package schema

import (
	"maps"
	"slices"

	"github.com/power100/tpe/internal/tape"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// layout collects what is known about the members of an object while its rule
// is compiled.
type layout struct {
	fields map[string]*field
	bits   int
}

func (l *layout) field(name string) *field {
	f := l.fields[name]
	if f == nil {
		f = &field{name: name, hash: tape.NameHash(name)}
		l.fields[name] = f
	}
	return f
}

// presence returns the bit of a member whose presence matters. It is false
// when there are more of them than a word has bits.
func (l *layout) presence(name string) (fieldSet, bool) {
	f := l.field(name)
	if f.bit == 0 {
		if l.bits == 64 {
			return 0, false
		}
		f.bit = 1 << l.bits
		l.bits++
	}
	return f.bit, true
}

func (l *layout) presences(names []string) (set fieldSet, ok bool) {
	for _, name := range names {
		bit, ok := l.presence(name)
		if !ok {
			return 0, false
		}
		set |= bit
	}
	return set, true
}

// objectOf returns the rule for objects, nil when there is none. It is false
// when the rule needs more than it can hold. All of above applies to the same
// object.
func (c *compiler) objectOf(flat, above []*jsonschema.Schema) (*objectRule, bool) {
	r := &objectRule{max: -1}
	l := &layout{fields: make(map[string]*field)}
	var required []string
	for _, s := range flat {
		r.min = max(r.min, limit(s.MinProperties, 0))
		r.max = tighter(r.max, s.MaxProperties)
		required = append(required, s.Required...)
		for name := range s.Properties {
			l.field(name)
		}
	}
	var ok bool
	if r.required, ok = l.presences(required); !ok {
		return nil, false
	}
	for _, s := range flat {
		if s.If == nil {
			continue
		}
		if ok := c.addBranch(r, l, s, above); !ok {
			return nil, false
		}
	}
	for name, f := range l.fields {
		f.value = c.member(flat, func(s *jsonschema.Schema) *jsonschema.Schema { return s.Properties[name] })
	}
	r.others = c.member(flat, func(*jsonschema.Schema) *jsonschema.Schema { return nil })
	if len(l.fields) == 0 && r.others == nil && r.min == 0 && r.max < 0 {
		return nil, true
	}
	for _, name := range slices.Sorted(maps.Keys(l.fields)) {
		r.fields = append(r.fields, *l.fields[name])
	}
	r.place()
	return r, true
}

// member returns the program for a member, nil when any value will do. The
// function named says what a schema has for it in its properties.
func (c *compiler) member(flat []*jsonschema.Schema, named func(*jsonschema.Schema) *jsonschema.Schema) *program {
	var schemas []*jsonschema.Schema
	for _, s := range flat {
		if p := named(s); p != nil {
			schemas = append(schemas, p)
			continue
		}
		switch extra := s.AdditionalProperties.(type) {
		case bool:
			if !extra {
				return never()
			}
		case *jsonschema.Schema:
			schemas = append(schemas, extra)
		}
	}
	if len(schemas) == 0 {
		return nil
	}
	return c.child(schemas)
}
