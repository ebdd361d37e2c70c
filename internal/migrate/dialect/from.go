package dialect

import (
	"fmt"

	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/sqltext"
)

// tables reads the joined tables of FROM.
func (p *parser) tables() (string, error) {
	left, err := p.table()
	if err != nil {
		return "", err
	}
	for {
		var join string
		switch {
		case p.take(","), p.take("CROSS"):
			p.take("JOIN")
			join = " CROSS JOIN "
		case p.take("LEFT"), p.take("INNER"), p.peek().Is("JOIN"):
			join = " JOIN "
			if p.tokens[p.at-1].Is("LEFT") {
				join = " LEFT JOIN "
			}
			p.take("OUTER")
			if err := p.expect("JOIN"); err != nil {
				return "", err
			}
		case p.peek().Is("NATURAL", "RIGHT", "FULL"):
			return "", fmt.Errorf("%s JOIN is not translated", p.peek().Text)
		default:
			return left, nil
		}
		right, err := p.table()
		if err != nil {
			return "", err
		}
		on := ""
		switch {
		case p.take("ON"):
			e, err := p.condition()
			if err != nil {
				return "", err
			}
			on = " ON " + e.sql
		case p.peek().Is("USING"):
			return "", fmt.Errorf("JOIN with USING is not translated")
		case join != " CROSS JOIN ":
			on = " ON true"
		}
		if join == " CROSS JOIN " && on != "" {
			join = " JOIN "
		}
		left += join + right + on
	}
}

// table reads one table, query or group of joins of FROM.
func (p *parser) table() (string, error) {
	if p.take("(") {
		if !p.peek().Is("SELECT") {
			inner, err := p.tables()
			if err != nil {
				return "", err
			}
			return "(" + inner + ")", p.expect(")")
		}
		keep := p.scope
		query, cols, err := p.query()
		p.scope = keep
		if err != nil {
			return "", err
		}
		if err := p.expect(")"); err != nil {
			return "", err
		}
		r := &Relation{}
		for _, c := range cols {
			r.Columns = append(r.Columns, RelationColumn{Name: c.name, Target: pgname.Column(c.name), Type: c.expr.typ, NoCase: c.expr.noCase})
		}
		alias := p.alias()
		if alias == "" {
			alias = fmt.Sprintf("q%d", len(p.scope.sources)+1)
		}
		p.scope.sources = append(p.scope.sources, source{alias: alias, relation: r})
		return "(" + query + ") AS " + pgname.Quote(alias), nil
	}
	name := p.qualified()
	r := p.schema.relation(name)
	if r == nil {
		return "", fmt.Errorf("there is no table or translated view %s", name)
	}
	sql := pgname.Quote(r.Target)
	alias := p.alias()
	if alias == "" {
		alias = r.Target
	} else {
		sql += " AS " + pgname.Quote(alias)
	}
	p.scope.sources = append(p.scope.sources, source{alias: alias, relation: r})
	return sql, nil
}

// alias reads a name that a table is given.
func (p *parser) alias() string {
	if p.take("AS") || p.peek().Named() && (p.peek().Kind == sqltext.Quoted || !p.peek().Is("ON", "USING", "WHERE", "GROUP", "ORDER", "LIMIT", "UNION", "INTERSECT",
		"EXCEPT", "HAVING", "JOIN", "LEFT", "INNER", "CROSS", "NATURAL", "RIGHT", "FULL", "OUTER", "WINDOW", "INDEXED", "NOT")) {
		return p.next().Text
	}
	return ""
}
