package schema

import (
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// conditions says, for the address of a then or else, when it applies.
type conditions map[string]string

// collect adds the branches of the schema and of all that it is made of.
func (c conditions) collect(s *jsonschema.Schema) { c.walk(s, make(map[*jsonschema.Schema]bool)) }

func (c conditions) walk(s *jsonschema.Schema, seen map[*jsonschema.Schema]bool) {
	if s == nil || seen[s] {
		return
	}
	seen[s] = true
	if s.If != nil {
		if cond, ok := conditionOf(s.If); ok {
			values := make([]any, len(cond.values))
			for i, v := range cond.values {
				values[i] = v
			}
			if s.Then != nil {
				c[s.Then.Location] = " when " + cond.member + " is " + allowed(values)
			}
			if s.Else != nil {
				c[s.Else.Location] = " unless " + cond.member + " is " + allowed(values)
			}
		}
	}
	for _, part := range slices.Concat(s.AllOf, s.AnyOf, s.OneOf, s.PrefixItems, []*jsonschema.Schema{s.Ref, s.Not, s.If, s.Then, s.Else, s.Items2020, s.Contains}) {
		c.walk(part, seen)
	}
	for _, part := range s.Properties {
		c.walk(part, seen)
	}
	if part, ok := s.AdditionalProperties.(*jsonschema.Schema); ok {
		c.walk(part, seen)
	}
}

// of returns the condition of the innermost branch that the schema at the
// address belongs to, with a space before it, or "".
func (c conditions) of(location string) string {
	for {
		if when, ok := c[location]; ok {
			return when
		}
		i := strings.LastIndexByte(location, '/')
		if i < 0 || !strings.Contains(location[:i], "#") {
			return ""
		}
		location = location[:i]
	}
}
