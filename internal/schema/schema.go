// Package schema holds records against the contract. It keeps compiled
// schemas and answers with findings, which are values. It never changes a
// record, and does no I/O beyond the file system that it is given.
//
// A record is checked twice at most. A compiled check walks the tape and may
// only say "surely valid". For every other record the JSON Schema library
// decides, and finds every fault. What the compiled check does not understand
// it leaves to the library, so it can be slow but not wrong.
package schema

import (
	"github.com/power100/tpe/internal/tape"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Finding is one fault of a record.
type Finding struct {
	Pointer string // JSON Pointer of the faulty value; of the object, when a field is missing
	Offset  int    // byte of that value in the record; -1 when it is not known
	Rule    string // the keyword of JSON Schema that was broken, or RuleUnknownType
	Keyword string // where the schema says so: file#/pointer; empty for RuleUnknownType
	Message string // what is wrong and what is allowed, in plain English
}

// RuleUnknownType is the rule of the finding that a strict check makes of a
// type without a schema of its own.
const RuleUnknownType = "unknown-type"

// Check says how to check.
type Check struct {
	Strict bool // a type without a schema of its own is a fault
	Max    int  // return so many findings at most; 0 is all of them
}

// Set is a compiled contract: a base schema, and one schema a type. It is
// safe for concurrent use.
type Set struct {
	base  *contract            // for types without a schema of their own
	types map[string]*contract // base and type together
	about TypeInfo             // the base schema
	infos []TypeInfo
	when  conditions
}

// contract is what a record of one type must fulfil: all of the schemas,
// which the library checks, and their conjunction as a program.
type contract struct {
	name string
	fast *program
	slow []*jsonschema.Schema
}

// typeField is the field that says which schema applies.
const typeField = "interaction_type"

// Check returns what is wrong with the parsed record, sorted by place; nil
// when it is valid. Messages show a value only when it is short and the schema
// restricts it by enum, const, format or pattern. Whoever stores messages
// checks records that have passed the redaction gate.
func (s *Set) Check(t *tape.Tape, opts Check) []Finding {
	c, typ := s.contractOf(t)
	unknown := opts.Strict && c == s.base && len(typ) > 0 && len(s.types) > 0
	if !unknown && c.fast.accepts(t, 0) {
		return nil
	}
	found := s.examine(t, c.slow)
	if unknown && !mentions(found, "/"+typeField) {
		found = sortFindings(append(found, unknownType(t, typ)))
	}
	if opts.Max > 0 && len(found) > opts.Max {
		found = found[:opts.Max:opts.Max]
	}
	return found
}

// TypeOf returns the type that the record claims, "" when it claims none, and
// whether the set has a schema of that type.
func (s *Set) TypeOf(t *tape.Tape) (name string, known bool) {
	c, typ := s.contractOf(t)
	if c != s.base {
		return c.name, true
	}
	return string(typ), false
}

func (s *Set) contractOf(t *tape.Tape) (c *contract, typ []byte) {
	n, ok := t.Get(0, typeField)
	if !ok || t.Kind(n) != tape.KindString {
		return s.base, nil
	}
	typ = t.Bytes(n)
	if c, ok := s.types[string(typ)]; ok {
		return c, typ
	}
	return s.base, typ
}
