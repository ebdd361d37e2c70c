package sqldb

import (
	"reflect"
	"strings"
	"sync"
)

// A row type is a struct that says once what a query selects, what is scanned
// and what its JSON looks like: each field is a column of the name in its json
// tag, or of the expression in its sql tag; sql:"-" leaves a field out.

// plan says how to scan a row type.
type plan struct {
	columns []string // expressions; a plain name gets the table's alias
	plain   []bool
	fields  [][]int
}

// plans holds the plan of each row type, which never changes.
var plans sync.Map // of *plan, by reflect.Type

func planOf[T any]() *plan {
	t := reflect.TypeFor[T]()
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{}
	p.add(t, nil)
	plans.Store(t, p)
	return p
}

func (p *plan) add(t reflect.Type, at []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int(nil), at...), i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		expr := f.Tag.Get("sql")
		switch {
		case expr == "-" || !f.IsExported():
		case f.Anonymous && name == "":
			p.add(f.Type, index)
		case expr != "":
			p.columns, p.plain, p.fields = append(p.columns, expr), append(p.plain, false), append(p.fields, index)
		default:
			p.columns, p.plain, p.fields = append(p.columns, name), append(p.plain, true), append(p.fields, index)
		}
	}
}

// targets returns where a row is scanned to.
func (p *plan) targets(row any) []any {
	v := reflect.ValueOf(row).Elem()
	list := make([]any, len(p.fields))
	for i, index := range p.fields {
		list[i] = v.FieldByIndex(index).Addr().Interface()
	}
	return list
}

// columns returns the select list of a row type. The alias of the table may
// be empty.
func columns[T any](alias string) string {
	p := planOf[T]()
	list := make([]string, len(p.columns))
	for i, c := range p.columns {
		if p.plain[i] && alias != "" {
			c = alias + "." + c
		}
		list[i] = c
	}
	return strings.Join(list, ", ")
}
