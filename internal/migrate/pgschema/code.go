package pgschema

import (
	"fmt"
	"slices"

	"github.com/power100/tpe/internal/migrate/dialect"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgname"
)

// views translates the views, those that others need first.
func (b *builder) views(cat *origin.Catalog) {
	waiting := slices.Clone(cat.Views)
	for len(waiting) > 0 {
		var next []origin.Object
		for _, v := range waiting {
			view, err := b.schema.View(v.SQL)
			if err != nil {
				next = append(next, v)
				continue
			}
			b.schema.Relations = append(b.schema.Relations, &view.Relation)
			var columns []string
			for _, c := range view.Relation.Columns {
				columns = append(columns, c.Target)
			}
			b.plan.Views = append(b.plan.Views, View{Name: v.Name, Target: view.Relation.Target,
				SQL: fmt.Sprintf("CREATE VIEW %s (%s) AS %s", pgname.Quote(view.Relation.Target), pgname.List(columns), view.Query)})
		}
		if len(next) == len(waiting) {
			break
		}
		waiting = next
	}
	for _, v := range cat.Views {
		if slices.ContainsFunc(waiting, func(w origin.Object) bool { return w.Name == v.Name }) {
			_, err := b.schema.View(v.SQL)
			b.leave("view "+v.Name, v.SQL, "%v", err)
		}
	}
}

func (b *builder) triggers(cat *origin.Catalog) {
	var list []dialect.Trigger
	var sources []origin.Trigger
	for _, src := range cat.Triggers {
		t, err := b.schema.Trigger(src.SQL)
		if err != nil {
			b.leave("trigger "+src.Name, src.SQL, "%v", err)
			continue
		}
		list, sources = append(list, t), append(sources, src)
	}
	for i, t := range list {
		// A trigger that writes to its own table must not fire itself, and
		// may only be kept from it where no other trigger writes there.
		own := slices.Contains(t.Writes, t.Table)
		other := slices.ContainsFunc(list, func(o dialect.Trigger) bool {
			return o.Name != t.Name && o.Table != t.Table && slices.Contains(o.Writes, t.Table)
		})
		if own && other {
			b.leave("trigger "+sources[i].Name, sources[i].SQL, "it writes to its own table, and so do triggers of other tables: whether it fires then is different in Postgres")
			continue
		}
		b.plan.Triggers = append(b.plan.Triggers, Trigger{Name: sources[i].Name, Function: t.Function, Create: t.Create})
	}
}
