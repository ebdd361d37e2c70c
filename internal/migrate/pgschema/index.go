package pgschema

import (
	"fmt"
	"strings"

	"github.com/power100/tpe/internal/migrate/census"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgname"
)

func (b *builder) index(t *census.Table, out *Table, ix origin.Index) {
	what := "index " + ix.Name
	if ix.Constraint {
		what = "unique constraint of " + t.Name
	}
	var parts, columns []string
	plain := true
	for _, p := range ix.Parts {
		var part string
		switch {
		case p.Column >= 0 && (p.Collation == "" || !t.Columns[p.Column].Type.Textual()):
			part = pgname.Quote(out.Columns[p.Column].Target)
			columns = append(columns, out.Columns[p.Column].Target)
		case p.Column >= 0 && p.Collation == "NOCASE":
			part, plain = "lower("+pgname.Quote(out.Columns[p.Column].Target)+")", false
		case p.Column >= 0 && p.Collation == "RTRIM":
			part, plain = "rtrim("+pgname.Quote(out.Columns[p.Column].Target)+")", false
		case p.Column >= 0 || p.Collation != "":
			b.leave(what, "", "it uses the collation %s", p.Collation)
			return
		default:
			sql, _, err := b.schema.Expr(t.Name, p.Expr)
			if err != nil {
				b.leave(what, p.Expr, "%v", err)
				return
			}
			part, plain = "("+sql+")", false
		}
		if p.Desc {
			part += " DESC"
		}
		parts = append(parts, part)
	}
	if ix.Constraint && plain {
		out.Indexes = append(out.Indexes, Statement{Object: what, Must: true, Key: Unique, Columns: columns,
			SQL: fmt.Sprintf("ALTER TABLE %s ADD UNIQUE (%s)", pgname.Quote(out.Target), strings.Join(parts, ", "))})
		return
	}
	s := Statement{Object: what, Must: ix.Unique}
	kind := "INDEX"
	if ix.Unique {
		kind = "UNIQUE INDEX"
		if plain && ix.Where == "" {
			s.Key, s.Columns = Unique, columns
		}
	}
	name := ""
	if !ix.Constraint {
		s.Name = pgname.Relation(ix.Name)
		name = pgname.Quote(s.Name) + " "
	}
	s.SQL = fmt.Sprintf("CREATE %s %sON %s (%s)", kind, name, pgname.Quote(out.Target), strings.Join(parts, ", "))
	if ix.Where != "" {
		where, err := b.schema.Condition(t.Name, ix.Where)
		if err != nil {
			b.leave(what, ix.Where, "%v", err)
			return
		}
		s.SQL += " WHERE " + where
	}
	out.Indexes = append(out.Indexes, s)
}

func (b *builder) check(t *census.Table, out *Table, name, expr string) {
	what := "CHECK (" + expr + ") of " + t.Name
	sql, err := b.schema.Condition(t.Name, expr)
	if err != nil {
		b.leave(what, "", "%v", err)
		return
	}
	constraint := ""
	if name != "" {
		constraint = "CONSTRAINT " + pgname.Quote(pgname.Relation(name)) + " "
	}
	out.Checks = append(out.Checks, Statement{Object: what, Name: name, SQL: fmt.Sprintf("ALTER TABLE %s ADD %sCHECK (%s)", pgname.Quote(out.Target), constraint, sql)})
}
