package schema

import (
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/tape"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compiler turns conjunctions of the library's schemas into programs. What it
// does not understand becomes a program that accepts nothing, or not the kind
// of value in question.
type compiler struct {
	done   map[string]*program
	budget int // programs that may still be made
}

// maxPrograms keeps a schema that multiplies its parts from taking all memory.
const maxPrograms = 20_000

// compile returns the program for values that must fulfil all the schemas.
func compile(schemas ...*jsonschema.Schema) *program {
	c := &compiler{done: make(map[string]*program), budget: maxPrograms}
	return c.child(schemas)
}

// never returns a program that accepts nothing.
func never() *program { return &program{} }

// child compiles the conjunction for a value of its own. Schemas may refer to
// themselves through their children, so a program is known before it is made.
func (c *compiler) child(schemas []*jsonschema.Schema) *program {
	key := keyOf(schemas)
	if p, ok := c.done[key]; ok {
		return p
	}
	p := &program{}
	c.done[key] = p
	*p = *c.conjunction(schemas, nil)
	return p
}

func keyOf(schemas []*jsonschema.Schema) string {
	keys := make([]string, len(schemas))
	for i, s := range schemas {
		keys[i] = fmt.Sprintf("%p", s)
	}
	slices.Sort(keys)
	return strings.Join(slices.Compact(keys), " ")
}

// conjunction compiles the schemas for one value. The schemas in above apply
// to the same value already; meeting one of them again is a cycle, which the
// library refuses.
func (c *compiler) conjunction(schemas, above []*jsonschema.Schema) *program {
	if c.budget--; c.budget < 0 {
		return never()
	}
	flat, ok := flatten(nil, schemas, above)
	if !ok {
		return never()
	}
	p := &program{kinds: anyKind}
	for _, s := range flat {
		used := keywords(s)
		if used&kwForeign != 0 || s.Bool != nil && !*s.Bool {
			return never()
		}
		p.restrictKind(s)
		if used&(kwContains|kwUniqueItems|kwPrefixItems) != 0 {
			p.kinds &^= kinds(tape.KindArray)
		}
		if used&kwMultipleOf != 0 {
			p.kinds &^= kinds(tape.KindNumber)
		}
	}
	p.bounds = boundsOf(flat)
	if p.text, ok = textOf(flat); !ok {
		p.kinds &^= kinds(tape.KindString)
	}
	p.array = c.arrayOf(flat)
	if p.object, ok = c.objectOf(flat, append(slices.Clone(above), flat...)); !ok {
		p.kinds &^= kinds(tape.KindObject)
	}
	if slices.ContainsFunc(flat, func(s *jsonschema.Schema) bool { return s.If != nil }) {
		// Branches are known to hold for objects only.
		p.kinds &= kinds(tape.KindObject)
	}
	p.plain = !p.integer && len(p.bounds) == 0 && p.text == nil && p.array == nil && p.object == nil
	return p
}

// flatten appends the schemas and those that they include for the same value,
// by allOf and $ref. It is false on a cycle.
func flatten(flat, schemas, above []*jsonschema.Schema) ([]*jsonschema.Schema, bool) {
	for _, s := range schemas {
		if slices.Contains(above, s) {
			return nil, false
		}
		if slices.Contains(flat, s) {
			continue
		}
		parts := s.AllOf
		if s.Ref != nil {
			parts = append(slices.Clone(parts), s.Ref)
		}
		var ok bool
		if flat, ok = flatten(flat, parts, append(slices.Clone(above), s)); !ok {
			return nil, false
		}
		flat = append(flat, s)
	}
	return flat, true
}

// restrictKind leaves the kinds that type, enum and const allow.
func (p *program) restrictKind(s *jsonschema.Schema) {
	if s.Types != nil {
		allowed := kindSet(0)
		integer := false
		for _, name := range s.Types.ToStrings() {
			switch name {
			case "null":
				allowed |= kinds(tape.KindNull)
			case "boolean":
				allowed |= kinds(tape.KindTrue, tape.KindFalse)
			case "number":
				allowed |= kinds(tape.KindNumber)
			case "integer":
				integer = true
			case "string":
				allowed |= kinds(tape.KindString)
			case "array":
				allowed |= kinds(tape.KindArray)
			case "object":
				allowed |= kinds(tape.KindObject)
			}
		}
		if integer && !allowed.has(tape.KindNumber) {
			allowed |= kinds(tape.KindNumber)
			p.integer = true
		}
		p.kinds &= allowed
	}
	if values, ok := valuesOf(s); ok {
		allowed := kindSet(0)
		for _, v := range values {
			switch v := v.(type) {
			case string:
				allowed |= kinds(tape.KindString)
			case nil:
				allowed |= kinds(tape.KindNull)
			case bool:
				allowed |= kinds(kindOfBool(v))
			}
		}
		p.kinds &= allowed
	}
}

func kindOfBool(v bool) tape.Kind {
	if v {
		return tape.KindTrue
	}
	return tape.KindFalse
}

// valuesOf returns the values that enum and const of s allow.
func valuesOf(s *jsonschema.Schema) (values []any, restricted bool) {
	if s.Const != nil {
		values, restricted = []any{*s.Const}, true
	}
	if s.Enum == nil {
		return values, restricted
	}
	if !restricted {
		return s.Enum.Values, true
	}
	if one, ok := values[0].(string); ok && slices.Contains(s.Enum.Values, any(one)) {
		return values, true
	}
	return nil, true
}

func stringsOf(values []any) []string {
	var list []string
	for _, v := range values {
		if s, ok := v.(string); ok {
			list = append(list, s)
		}
	}
	return list
}

func boundsOf(flat []*jsonschema.Schema) []bound {
	var list []bound
	add := func(limit *big.Rat, lower, open bool) {
		if limit != nil {
			list = append(list, newBound(limit, lower, open))
		}
	}
	for _, s := range flat {
		add(s.Minimum, true, false)
		add(s.ExclusiveMinimum, true, true)
		add(s.Maximum, false, false)
		add(s.ExclusiveMaximum, false, true)
	}
	return list
}

// textOf returns the rule for strings, nil when there is none. It is false
// when some format has no test.
func textOf(flat []*jsonschema.Schema) (*textRule, bool) {
	r := &textRule{max: -1}
	for _, s := range flat {
		r.min = max(r.min, limit(s.MinLength, 0))
		r.max = tighter(r.max, s.MaxLength)
		if values, ok := valuesOf(s); ok {
			r.enums = append(r.enums, stringsOf(values))
		}
		if s.Format != nil {
			test := formatTest(s.Format.Name)
			if test == nil {
				return nil, false
			}
			r.tests = append(r.tests, test)
		}
		if s.Pattern != nil {
			re, ok := s.Pattern.(*regexp.Regexp)
			if !ok {
				return nil, false
			}
			r.tests = append(r.tests, patternTest(re))
		}
	}
	if r.min == 0 && r.max < 0 && len(r.enums) == 0 && len(r.tests) == 0 {
		return nil, true
	}
	return r, true
}

func (c *compiler) arrayOf(flat []*jsonschema.Schema) *arrayRule {
	r := &arrayRule{max: -1}
	var items []*jsonschema.Schema
	for _, s := range flat {
		r.min = max(r.min, limit(s.MinItems, 0))
		r.max = tighter(r.max, s.MaxItems)
		if s.Items2020 != nil {
			items = append(items, s.Items2020)
		}
	}
	if len(items) > 0 {
		r.items = c.child(items)
	}
	if r.min == 0 && r.max < 0 && r.items == nil {
		return nil
	}
	return r
}

// limit returns the value that n points to, or else the default.
func limit(n *int, otherwise int) int {
	if n == nil {
		return otherwise
	}
	return *n
}

// tighter returns the smaller of two upper limits; current < 0 is none.
func tighter(current int, n *int) int {
	if n == nil || current >= 0 && current <= *n {
		return current
	}
	return *n
}
