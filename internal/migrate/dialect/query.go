package dialect

import (
	"fmt"
	"strings"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/sqltext"
)

// View is a translated view.
type View struct {
	Relation Relation
	Query    string
}

// View translates CREATE VIEW. The columns keep their names.
func (s *Schema) View(sql string) (View, error) {
	var v View
	p, err := s.parser("", sql)
	if err != nil {
		return v, err
	}
	if err := p.expect("CREATE"); err != nil {
		return v, err
	}
	p.take("TEMP", "TEMPORARY")
	if err := p.expect("VIEW"); err != nil {
		return v, err
	}
	p.ifNotExists()
	name := p.qualified()
	var columns []string
	if p.take("(") {
		for !p.take(")") {
			columns = append(columns, p.next().Text)
			p.take(",")
		}
	}
	if err := p.expect("AS"); err != nil {
		return v, err
	}
	p.scope = nil
	query, cols, err := p.query()
	if err != nil {
		return v, err
	}
	p.take(";")
	if t := p.peek(); t.Kind != sqltext.End {
		return v, fmt.Errorf("%q is not understood here", t.Text)
	}
	if columns != nil && len(columns) != len(cols) {
		return v, fmt.Errorf("the view names %d columns and has %d", len(columns), len(cols))
	}
	v.Relation = Relation{Name: name, Target: pgname.Relation(name)}
	seen := map[string]int{}
	for i, c := range cols {
		if columns != nil {
			c.name = columns[i]
		}
		if n := seen[strings.ToLower(c.name)]; n > 0 { // as SQLite tells them apart
			c.name = fmt.Sprintf("%s:%d", c.name, n)
		}
		seen[strings.ToLower(cols[i].name)]++
		v.Relation.Columns = append(v.Relation.Columns, RelationColumn{Name: c.name, Target: pgname.Column(c.name), Type: c.expr.typ, NoCase: c.expr.noCase})
	}
	v.Query = query
	return v, nil
}

func (p *parser) ifNotExists() {
	if p.take("IF") {
		p.take("NOT")
		p.take("EXISTS")
	}
}

// qualified reads a name, without the schema before it.
func (p *parser) qualified() string {
	name := p.next().Text
	if p.take(".") {
		name = p.next().Text
	}
	return name
}

// sub reads a query in brackets, up to the closing one, which sees the names
// around it.
func (p *parser) sub() (string, []output, error) { return p.query() }

// query reads SELECT with its compounds, order and limit.
func (p *parser) query() (string, []output, error) {
	outer := p.scope
	defer func() { p.scope = outer }()
	if p.peek().Is("WITH", "VALUES") {
		return "", nil, fmt.Errorf("%s is not translated", p.peek().Text)
	}
	var b strings.Builder
	sql, cols, err := p.core(outer)
	if err != nil {
		return "", nil, err
	}
	b.WriteString(sql)
	compound := false
	for p.peek().Is("UNION", "INTERSECT", "EXCEPT") {
		compound = true
		op := strings.ToUpper(p.next().Text)
		if p.take("ALL") {
			op += " ALL"
		}
		sql, more, err := p.core(outer)
		if err != nil {
			return "", nil, err
		}
		if len(more) != len(cols) {
			return "", nil, fmt.Errorf("the parts of %s differ in their columns", op)
		}
		for i := range more {
			if class(more[i].expr.typ) != class(cols[i].expr.typ) {
				return "", nil, fmt.Errorf("the parts of %s differ in the type of column %s", op, cols[i].name)
			}
		}
		b.WriteString(" " + op + " " + sql)
	}
	if p.take("ORDER") {
		order, err := p.orderBy(cols, compound)
		if err != nil {
			return "", nil, err
		}
		b.WriteString(order)
	}
	if p.take("LIMIT") {
		n, err := p.expr()
		if err != nil {
			return "", nil, err
		}
		if n.literal != 'n' || p.peek().Is(",") {
			return "", nil, fmt.Errorf("LIMIT takes a number")
		}
		b.WriteString(" LIMIT " + n.sql)
		if p.take("OFFSET") {
			if n, err = p.expr(); err != nil {
				return "", nil, err
			}
			b.WriteString(" OFFSET " + n.sql)
		}
	}
	return b.String(), cols, nil
}

// orderBy reads the terms of ORDER BY. SQLite puts NULL first.
func (p *parser) orderBy(cols []output, compound bool) (string, error) {
	if err := p.expect("BY"); err != nil {
		return "", err
	}
	var terms []string
	for {
		var term string
		if compound {
			t := p.next()
			i := -1
			for k, c := range cols {
				if strings.EqualFold(c.name, t.Text) {
					i = k
				}
			}
			if i < 0 {
				return "", fmt.Errorf("the order of a compound query names a column of it")
			}
			term = fmt.Sprint(i + 1)
		} else {
			e, err := p.expr()
			if err != nil {
				return "", err
			}
			if e.noCase {
				return "", fmt.Errorf("%s is ordered by a collation that Postgres does not have", e.sql)
			}
			term = e.sql
			for i, c := range cols {
				if c.expr.sql == e.sql && !e.column {
					term = fmt.Sprint(i + 1)
				}
			}
		}
		nulls := " NULLS FIRST"
		if !p.take("ASC") && p.take("DESC") {
			nulls = " DESC NULLS LAST"
		}
		if p.take("NULLS") {
			nulls = strings.TrimSuffix(strings.TrimSuffix(nulls, " NULLS FIRST"), " NULLS LAST") + " NULLS " + strings.ToUpper(p.next().Text)
		}
		terms = append(terms, term+nulls)
		if !p.take(",") {
			return " ORDER BY " + strings.Join(terms, ", "), nil
		}
	}
}

// core reads one SELECT. FROM is read first: it says what the names mean.
func (p *parser) core(outer *scope) (string, []output, error) {
	if err := p.expect("SELECT"); err != nil {
		return "", nil, err
	}
	distinct := p.take("DISTINCT")
	p.take("ALL")
	p.scope = &scope{outer: outer}
	columns := p.at
	from, after := "", -1
	if at := p.find("FROM"); at >= 0 {
		p.at = at + 1
		var err error
		if from, err = p.tables(); err != nil {
			return "", nil, err
		}
		from, after = " FROM "+from, p.at
	}
	p.at = columns
	cols, err := p.outputs()
	if err != nil {
		return "", nil, err
	}
	if after >= 0 {
		p.at = after
	}
	p.scope.aliases = cols
	rest, err := p.conditions()
	if err != nil {
		return "", nil, err
	}
	var b strings.Builder
	b.WriteString("SELECT ")
	if distinct {
		b.WriteString("DISTINCT ")
	}
	for i, c := range cols {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(c.expr.sql + " AS " + pgname.Quote(pgname.Column(c.name)))
	}
	return b.String() + from + rest, cols, nil
}

// find returns the place of a word outside of brackets, before the end of
// this SELECT, or -1.
func (p *parser) find(what string) int {
	depth := 0
	for i := p.at; i < len(p.tokens); i++ {
		switch t := p.tokens[i]; {
		case t.Is("("):
			depth++
		case t.Is(")"):
			if depth--; depth < 0 {
				return -1
			}
		case depth == 0 && t.Is(what):
			return i
		case depth == 0 && t.Is("UNION", "INTERSECT", "EXCEPT", "WHERE", "ORDER", "LIMIT", ";"):
			return -1
		}
	}
	return -1
}

// outputs reads the columns of a SELECT.
func (p *parser) outputs() ([]output, error) {
	var out []output
	for {
		t := p.peek()
		switch {
		case t.Is("*"):
			p.at++
			for _, s := range p.scope.sources {
				out = append(out, s.all()...)
			}
		case t.Named() && p.tokens[p.at+1].Is(".") && p.tokens[p.at+2].Is("*"):
			p.at += 3
			for _, s := range p.scope.sources {
				if strings.EqualFold(s.alias, t.Text) {
					out = append(out, s.all()...)
				}
			}
		default:
			from := t.At
			e, err := p.expr()
			if err != nil {
				return nil, err
			}
			o := output{name: strings.TrimSpace(p.sql[from:p.peek().At]), expr: e}
			if e.column {
				o.name = e.name
			}
			if p.take("AS") || p.peek().Named() && !p.peek().Is("FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "UNION", "INTERSECT", "EXCEPT", "HAVING", "WINDOW") {
				o.name = p.next().Text
			}
			if e.typ == convert.Boolean && !e.column {
				o.expr = expr{sql: e.operand() + "::int", typ: convert.Bigint, atom: true} // as SQLite shows it
			}
			out = append(out, o)
		}
		if !p.take(",") {
			return out, nil
		}
	}
}

func (s source) all() []output {
	var out []output
	for i := range s.relation.Columns {
		c := &s.relation.Columns[i]
		out = append(out, output{name: c.Name, expr: s.expr(c)})
	}
	return out
}

// conditions reads WHERE, GROUP BY and HAVING.
func (p *parser) conditions() (string, error) {
	var b strings.Builder
	if p.take("WHERE") {
		e, err := p.condition()
		if err != nil {
			return "", err
		}
		b.WriteString(" WHERE " + e.sql)
	}
	if p.take("GROUP") {
		if err := p.expect("BY"); err != nil {
			return "", err
		}
		for sep := " GROUP BY "; ; sep = ", " {
			e, err := p.expr()
			if err != nil {
				return "", err
			}
			if e.noCase {
				return "", fmt.Errorf("%s is grouped by a collation that Postgres does not have", e.sql)
			}
			b.WriteString(sep + e.sql)
			if !p.take(",") {
				break
			}
		}
	}
	if p.take("HAVING") {
		e, err := p.condition()
		if err != nil {
			return "", err
		}
		b.WriteString(" HAVING " + e.sql)
	}
	if p.peek().Is("WINDOW") {
		return "", fmt.Errorf("WINDOW is not translated")
	}
	return b.String(), nil
}
