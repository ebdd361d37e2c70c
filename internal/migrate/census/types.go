package census

import (
	"fmt"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/sqltext"
)

// types chooses the type of every column: given types first, then each column
// for itself, then the columns of foreign keys together with their parents'.
func (r *Report) types(cat *origin.Catalog, o Options) error {
	code := strings.ToLower(statements(cat))
	for _, t := range r.Tables {
		for i, c := range t.Columns {
			c.place = placeOf(t.source, i, code)
			ch := choose(c.Declared, c.Profile, c.place)
			if ch.typ.Kind == convert.JSON && (c.place.key || c.place.indexed) {
				ch = choice{typ: convert.Type{Kind: convert.Text}, reason: "declared as text; every value is JSON, but an index, a constraint, a view or a trigger uses the column"}
			}
			c.Type, c.Reason = ch.typ, ch.reason
			c.Dates = c.Profile.Dates()
			if c.Using != "" {
				c.Reason = "read as " + c.Using + ": " + c.Reason
			}
		}
	}
	for _, exact := range []bool{false, true} { // an exact name goes before a pattern
		for key, typ := range o.Types {
			if strings.ContainsAny(key, "*?[") == exact {
				continue
			}
			r.each(key, func(c *Column) { c.Type, c.Reason, c.fixed = typ, "given", true })
		}
	}
	r.unify()
	for _, t := range r.Tables {
		for i, c := range t.Columns {
			declared := t.source.Columns[i].NotNull || slices.Contains(t.source.PrimaryKey, i)
			c.NotNull = declared && c.Profile.Null == 0 && c.Profile.fits(c.Type.Kind) >= c.Profile.Present()
		}
	}
	return nil
}

// statements is the text of all views and triggers.
func statements(cat *origin.Catalog) string {
	var b strings.Builder
	for _, v := range cat.Views {
		b.WriteString(v.SQL + "\n")
	}
	for _, t := range cat.Triggers {
		b.WriteString(t.SQL + "\n")
	}
	return b.String()
}

func placeOf(t *origin.Table, i int, code string) place {
	name := strings.ToLower(t.Columns[i].Name)
	p := place{key: slices.Contains(t.PrimaryKey, i)}
	p.indexed = strings.Contains(code, name)
	for _, ix := range t.Indexes {
		p.indexed = p.indexed || strings.Contains(strings.ToLower(ix.Where), name)
		for _, part := range ix.Parts {
			p.indexed = p.indexed || part.Column == i || part.Column < 0 && strings.Contains(strings.ToLower(part.Expr), name)
		}
	}
	for _, c := range t.Text.Checks {
		p.indexed = p.indexed || strings.Contains(strings.ToLower(c.Expr), name)
	}
	for _, c := range t.Columns {
		p.indexed = p.indexed || strings.Contains(strings.ToLower(c.Generated), name)
	}
	for _, fk := range t.ForeignKeys {
		p.indexed = p.indexed || slices.Contains(fk.Columns, i)
	}
	return p
}

// Parent returns the columns that a foreign key points to, or an error that
// says why Postgres cannot have it.
func (r *Report) Parent(fk origin.ForeignKey) (*Table, []*Column, error) {
	for _, p := range r.Tables {
		if sqltext.Fold(p.Name) != sqltext.Fold(fk.Parent) {
			continue
		}
		var cols []*Column
		if fk.ParentColumns == nil {
			for _, i := range p.source.PrimaryKey {
				cols = append(cols, p.Columns[i])
			}
		}
		for _, name := range fk.ParentColumns {
			i := p.source.Column(name)
			if i < 0 {
				return p, nil, fmt.Errorf("%s has no column %s", p.Name, name)
			}
			cols = append(cols, p.Columns[i])
		}
		if len(cols) != len(fk.Columns) {
			return p, nil, fmt.Errorf("it has %d columns and the key of %s has %d", len(fk.Columns), p.Name, len(cols))
		}
		return p, cols, nil
	}
	return nil, nil, fmt.Errorf("there is no table %s among those that are moved", fk.Parent)
}

// unify gives the columns of foreign keys the types of the columns that they
// point to: Postgres compares only values of one type.
func (r *Report) unify() {
	for changed, rounds := true, 0; changed && rounds < 100; rounds++ {
		changed = false
		for _, t := range r.Tables {
			for _, fk := range t.source.ForeignKeys {
				_, parents, err := r.Parent(fk)
				if err != nil {
					continue
				}
				for i, p := range parents {
					if fk.Columns[i] >= 0 && unifyPair(t.Columns[fk.Columns[i]], p) {
						changed = true
					}
				}
			}
		}
	}
}

// unifyPair makes the types of a foreign key's column and its parent equal,
// and reports whether it changed one.
func unifyPair(child, parent *Column) bool {
	if child.Type == parent.Type || child.fixed && parent.fixed {
		return false
	}
	n := child.Profile.Present()
	want, known := declaredType(parent.Declared)
	byValue := !known || want.Kind != parent.Type.Kind // the parent's values made its type
	text := convert.Type{Kind: convert.Text}
	switch {
	case child.fixed:
		parent.Type, parent.Reason = child.Type, "as the column that points to it"
	case child.Profile.fits(parent.Type.Kind) == n || parent.fixed || !byValue:
		child.Type, child.Reason = parent.Type, "as the column that it points to; "+child.Reason
	default:
		parent.Type, parent.Reason = text, "text, because a column that points to it holds other values; "+parent.Reason
		child.Type, child.Reason = text, "text, because its values are not all like those that it points to; "+child.Reason
	}
	return true
}
