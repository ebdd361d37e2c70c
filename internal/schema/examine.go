package schema

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/power100/tpe/internal/tape"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// maxValues is the number of values in the largest record that the library
// checks. It keeps every fault in memory at once; a record of that size can
// have a fault in each.
const maxValues = 250_000

// RuleSize is the rule of the one finding of a record that is not surely
// valid and too large to be searched for faults.
const RuleSize = "size"

// examine lets the library check the record and returns every fault.
func (s *Set) examine(t *tape.Tape, schemas []*jsonschema.Schema) []Finding {
	if len(t.Nodes) > maxValues {
		return []Finding{{Rule: RuleSize, Message: fmt.Sprintf("the record is not valid beyond doubt, and its %d names and values are too many to look for the fault; up to %d are searched", len(t.Nodes), maxValues)}}
	}
	e := examination{map[int]map[string]int{}, t, s.when, nil}
	doc := tree(t, 0)
	for _, schema := range schemas {
		err := schema.Validate(doc)
		if fault := (*jsonschema.ValidationError)(nil); errors.As(err, &fault) {
			e.add(fault)
		}
	}
	return sortFindings(e.found)
}

// examination gathers the findings of one record.
type examination struct {
	children map[int]map[string]int // of the nodes that were looked into
	tape     *tape.Tape
	when     conditions
	found    []Finding
}

// add turns the library's tree of errors into findings. Keywords that only
// group others, such as $ref and allOf, are not faults of their own. Those
// that offer a choice are: their message says why each alternative fails.
func (e *examination) add(fault *jsonschema.ValidationError) {
	switch k := fault.ErrorKind.(type) {
	case *kind.Required:
		for _, name := range k.Missing {
			e.report(fault, nil, "the required field "+quote(name)+" is missing", "")
		}
	case *kind.DependentRequired:
		for _, name := range k.Missing {
			e.report(fault, nil, "the field "+quote(name)+" is missing; it is required together with "+quote(k.Prop), "")
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			e.report(fault, []string{name}, "this field is not allowed here", "")
		}
	case *kind.PropertyNames:
		e.report(fault, []string{k.Property}, "this name is not allowed here", e.because(fault.Causes))
	case *kind.AnyOf, *kind.OneOf, *kind.Contains, *kind.MinContains:
		text, found := message(k)
		e.report(fault, nil, text, found+e.because(fault.Causes))
	default:
		if len(fault.Causes) == 0 {
			text, found := message(k)
			e.report(fault, nil, text, found)
			return
		}
		for _, cause := range fault.Causes {
			e.add(cause)
		}
	}
}

// because lists the first reasons of the causes.
func (e *examination) because(causes []*jsonschema.ValidationError) string {
	inner := examination{e.children, e.tape, e.when, nil}
	for _, cause := range causes {
		inner.add(cause)
	}
	var reasons []string
	for _, f := range inner.found {
		reasons = append(reasons, f.Message)
	}
	slices.Sort(reasons)
	reasons = slices.Compact(reasons)
	if len(reasons) == 0 {
		return ""
	}
	const most = 3
	if len(reasons) > most {
		reasons = append(reasons[:most], "...")
	}
	return " (" + strings.Join(reasons, "; ") + ")"
}

// report adds a finding about the value that the fault names, or about one
// inside it. More stands after the condition under which the text is true.
func (e *examination) report(fault *jsonschema.ValidationError, inside []string, text, more string) {
	var pointer strings.Builder
	n := 0
	for _, step := range slices.Concat(fault.InstanceLocation, inside) {
		pointer.WriteByte('/')
		pointer.WriteString(strings.ReplaceAll(strings.ReplaceAll(step, "~", "~0"), "/", "~1"))
		n = e.child(n, step)
	}
	rule := ruleOf(fault.ErrorKind)
	e.found = append(e.found, Finding{
		Pointer: pointer.String(),
		Offset:  offset(e.tape, n),
		Rule:    rule,
		Keyword: fileName(fault.SchemaURL) + "/" + rule,
		Message: text + e.when.of(fault.SchemaURL) + more,
	})
}

// child returns the member or element of node n.
func (e *examination) child(n int, step string) int {
	steps := e.children[n]
	if steps == nil {
		steps = make(map[string]int)
		for name, value := range e.tape.Members(n) {
			steps[e.tape.Text(name)] = value
		}
		for m := range e.tape.Elements(n) {
			steps[strconv.Itoa(len(steps))] = m
		}
		e.children[n] = steps
	}
	return steps[step]
}

// ruleOf returns the keyword of JSON Schema that the error is about.
func ruleOf(k jsonschema.ErrorKind) string {
	switch k.(type) {
	case *kind.Not:
		return "not"
	case *kind.FalseSchema:
		return "false"
	case *kind.RefCycle:
		return "$ref"
	}
	if path := k.KeywordPath(); len(path) > 0 {
		return path[0]
	}
	return "schema"
}

// fileName cuts the folders from the address of a schema.
func fileName(url string) string {
	before, _, _ := strings.Cut(url, "#")
	return url[strings.LastIndexByte(before, '/')+1:]
}

// offset returns the place of the first byte of node n.
func offset(t *tape.Tape, n int) int {
	at := int(t.Nodes[n].Start)
	if t.Kind(n) == tape.KindString {
		at-- // the quote
	}
	return at
}

// sortFindings sorts by place and removes what was found twice, by the base
// and by the type.
func sortFindings(found []Finding) []Finding {
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message), cmp.Compare(a.Keyword, b.Keyword))
	})
	return slices.CompactFunc(found, func(a, b Finding) bool {
		return a.Offset == b.Offset && a.Pointer == b.Pointer && a.Rule == b.Rule && a.Message == b.Message
	})
}

func mentions(found []Finding, pointer string) bool {
	return slices.ContainsFunc(found, func(f Finding) bool { return f.Pointer == pointer })
}

func unknownType(t *tape.Tape, typ []byte) Finding {
	text := "there is no schema of this type"
	if v, ok := short(string(typ)); ok {
		text = "there is no schema of the type " + v
	}
	n, _ := t.Get(0, typeField)
	return Finding{Pointer: "/" + typeField, Offset: offset(t, n), Rule: RuleUnknownType, Message: text}
}
