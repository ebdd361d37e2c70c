package schema

import "github.com/santhosh-tekuri/jsonschema/v6"

// condition is an if that compares one member with strings.
type condition struct {
	member string
	values []string
	absent bool // what it says of an object without the member
}

// conditionOf reads the if of a schema. It is false when the if says more
// than a condition can.
func conditionOf(s *jsonschema.Schema) (condition, bool) {
	if keywords(s)&^(kwProperties|kwRequired|kwTypes) != 0 || len(s.Properties) != 1 {
		return condition{}, false
	}
	if s.Types != nil {
		if names := s.Types.ToStrings(); len(names) != 1 || names[0] != "object" {
			return condition{}, false
		}
	}
	cond := condition{absent: true}
	for name, value := range s.Properties {
		values, restricted := valuesOf(value)
		if !restricted || keywords(value)&^(kwConst|kwEnum) != 0 {
			return condition{}, false
		}
		cond.member, cond.values = name, stringsOf(values)
		if len(cond.values) != len(values) {
			return condition{}, false
		}
	}
	for _, name := range s.Required {
		if name != cond.member {
			return condition{}, false
		}
		cond.absent = false
	}
	return cond, true
}

// addBranch adds the if, then and else of s to the rule.
func (c *compiler) addBranch(r *objectRule, l *layout, s *jsonschema.Schema, above []*jsonschema.Schema) bool {
	cond, ok := conditionOf(s.If)
	if !ok || len(r.branches) == maxBranches {
		return false
	}
	b := branch{absent: cond.absent}
	if b.member, ok = l.presence(cond.member); !ok {
		return false
	}
	if b.then, ok = c.outcomeOf(l, s.Then, above); !ok {
		return false
	}
	if b.or, ok = c.outcomeOf(l, s.Else, above); !ok {
		return false
	}
	f := l.field(cond.member)
	f.tests = append(f.tests, branchTest{index: len(r.branches), values: cond.values})
	r.branches = append(r.branches, b)
	return true
}

// outcomeOf compiles a then or an else. The usual one, which only requires
// members, needs no program of its own.
func (c *compiler) outcomeOf(l *layout, s *jsonschema.Schema, above []*jsonschema.Schema) (outcome, bool) {
	if s == nil {
		return outcome{}, true
	}
	if keywords(s) == kwRequired {
		set, ok := l.presences(s.Required)
		return outcome{required: set}, ok
	}
	return outcome{more: c.conjunction([]*jsonschema.Schema{s}, above)}, true
}
