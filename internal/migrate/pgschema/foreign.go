package pgschema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/migrate/census"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgname"
)

func (b *builder) foreign(t *census.Table, out *Table, fk origin.ForeignKey) {
	f := Foreign{Table: out.Target}
	for _, i := range fk.Columns {
		if i < 0 {
			return
		}
		f.Columns = append(f.Columns, out.Columns[i].Target)
	}
	f.Object = fmt.Sprintf("foreign key (%s) of %s to %s", strings.Join(f.Columns, ", "), t.Name, fk.Parent)
	parent, cols, err := b.report.Parent(fk)
	if err != nil {
		b.leave(f.Object, "", "%v", err)
		return
	}
	f.Parent = pgname.Relation(parent.Name)
	for _, c := range cols {
		f.ParentColumns = append(f.ParentColumns, pgname.Column(c.Name))
	}
	if !uniqueOn(parent, cols) {
		b.leave(f.Object, "", "the columns of %s that it points to are not unique there", parent.Name)
		return
	}
	constraint := ""
	if fk.Name != "" {
		constraint = "CONSTRAINT " + pgname.Quote(pgname.Relation(fk.Name)) + " "
	}
	f.SQL = fmt.Sprintf("ALTER TABLE %s ADD %sFOREIGN KEY (%s) REFERENCES %s (%s)", pgname.Quote(f.Table), constraint, pgname.List(f.Columns), pgname.Quote(f.Parent), pgname.List(f.ParentColumns))
	if fk.OnDelete != "NO ACTION" {
		f.SQL += " ON DELETE " + fk.OnDelete
	}
	if fk.OnUpdate != "NO ACTION" {
		f.SQL += " ON UPDATE " + fk.OnUpdate
	}
	if fk.Deferred {
		f.SQL += " DEFERRABLE INITIALLY DEFERRED"
	}
	out.Foreign = append(out.Foreign, f)
}

// uniqueOn reports whether the columns are a key of their table.
func uniqueOn(t *census.Table, cols []*census.Column) bool {
	var want []int
	for _, c := range cols {
		want = append(want, slices.Index(t.Columns, c))
	}
	slices.Sort(want)
	same := func(list []int) bool {
		list = slices.Clone(list)
		slices.Sort(list)
		return slices.Equal(list, want)
	}
	if same(t.Origin().PrimaryKey) {
		return true
	}
	return slices.ContainsFunc(t.Origin().Indexes, func(ix origin.Index) bool {
		var list []int
		for _, p := range ix.Parts {
			if p.Column < 0 || p.Collation != "" && t.Columns[p.Column].Type.Textual() {
				return false
			}
			list = append(list, p.Column)
		}
		return ix.Unique && ix.Where == "" && same(list)
	})
}
