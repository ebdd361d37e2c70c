package dialect

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/sqltext"
)

func (p *parser) primary() (expr, error) {
	t := p.next()
	switch {
	case t.Kind == sqltext.Number:
		return numberLiteral(t.Text)
	case t.Kind == sqltext.Text:
		return expr{sql: pgname.Text(t.Text), typ: convert.Text, atom: true, literal: 's', value: t.Text}, nil
	case t.Kind == sqltext.Blob:
		return expr{sql: `'\x` + t.Text + `'::bytea`, typ: convert.Bytea, atom: true}, nil
	case t.Is("("):
		if p.peek().Is("SELECT") {
			sub, cols, err := p.sub()
			if err != nil {
				return expr{}, err
			}
			if len(cols) != 1 {
				return expr{}, fmt.Errorf("a query in an expression has %d columns", len(cols))
			}
			return expr{sql: "(" + sub + ")", typ: cols[0].expr.typ, atom: true}, p.expect(")")
		}
		e, err := p.expr()
		if err != nil {
			return e, err
		}
		if p.peek().Is(",") {
			return e, fmt.Errorf("rows of values are not translated")
		}
		return e, p.expect(")")
	case t.Kind == sqltext.Word && !p.peek().Is("(", "."):
		if e, ok, err := p.keyword(t); ok || err != nil {
			return e, err
		}
	case t.Is("CAST"):
		return p.cast()
	case t.Kind == sqltext.Word && p.peek().Is("("):
		if t.Is("EXISTS") {
			return p.exists("")
		}
		p.at++
		return p.function(strings.ToLower(t.Text))
	}
	if !t.Named() {
		return expr{}, fmt.Errorf("%q is not understood here", t.Text)
	}
	return p.column(t)
}

// column reads the rest of a column's name.
func (p *parser) column(t sqltext.Token) (expr, error) {
	table, name := "", t.Text
	if p.take(".") {
		table, name = t.Text, p.next().Text
		if p.take(".") {
			table, name = name, p.next().Text
		}
	}
	e, err := p.scope.column(table, name)
	var none errNoColumn
	if errors.As(err, &none) && table == "" && t.Kind == sqltext.Quoted && t.Mark == '"' {
		// SQLite takes a quoted name that is no column for a text.
		return expr{sql: pgname.Text(name), typ: convert.Text, atom: true, literal: 's', value: name}, nil
	}
	return e, err
}

func numberLiteral(s string) (expr, error) {
	s = strings.ReplaceAll(s, "_", "")
	e := expr{sql: s, typ: convert.Bigint, atom: true, literal: 'n', value: s}
	if n, err := strconv.ParseInt(s, 0, 64); err == nil && !(len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9') {
		e.sql = strconv.FormatInt(n, 10)
		e.value = e.sql
		return e, nil
	}
	if _, err := strconv.ParseFloat(s, 64); err != nil {
		return e, fmt.Errorf("the number %s is out of range", s)
	}
	e.typ = convert.Double
	if strings.HasPrefix(s, ".") {
		e.sql = "0" + s
	}
	return e, nil
}

// now is the text that SQLite writes for the present time.
func now(format string) expr {
	return expr{sql: "to_char(now() AT TIME ZONE 'UTC', " + pgname.Text(format) + ")", typ: convert.Text, atom: true}
}

// present returns the present time as the type that a default is for.
func (p *parser) present(format string) expr {
	switch p.typed {
	case convert.Timestamptz:
		return expr{sql: "CURRENT_TIMESTAMP", typ: convert.Timestamptz, atom: true}
	case convert.Timestamp:
		return expr{sql: "(now() AT TIME ZONE 'UTC')", typ: convert.Timestamp, atom: true}
	case convert.Date:
		if format == "YYYY-MM-DD" {
			return expr{sql: "((now() AT TIME ZONE 'UTC')::date)", typ: convert.Date, atom: true}
		}
	default: // a text
	}
	return now(format)
}

// Formats of to_char for what SQLite writes.
const (
	dateFormat = "YYYY-MM-DD"
	timeFormat = "HH24:MI:SS"
	bothFormat = "YYYY-MM-DD HH24:MI:SS"
)

// keyword reads a word that stands for a value.
func (p *parser) keyword(t sqltext.Token) (expr, bool, error) {
	switch {
	case t.Is("NULL"):
		return expr{sql: "NULL", atom: true}, true, nil
	case t.Is("TRUE", "FALSE"):
		if _, err := p.scope.column("", t.Text); err == nil {
			return expr{}, false, nil
		}
		n := map[bool]string{true: "1", false: "0"}[t.Is("TRUE")]
		return expr{sql: n, typ: convert.Bigint, atom: true, literal: 'n', value: n}, true, nil
	case t.Is("CURRENT_TIMESTAMP"):
		return p.present(bothFormat), true, nil
	case t.Is("CURRENT_DATE"):
		return p.present(dateFormat), true, nil
	case t.Is("CURRENT_TIME"):
		return now(timeFormat), true, nil
	case t.Is("CASE"):
		e, err := p.caseOf()
		return e, true, err
	case t.Is("NOT") && p.peek().Is("EXISTS"):
		p.at++
		e, err := p.exists("NOT ")
		return e, true, err
	case t.Is("RAISE", "SELECT", "FROM", "WHERE"):
		return expr{}, true, fmt.Errorf("%s is not understood here", t.Text)
	}
	return expr{}, false, nil
}

func (p *parser) exists(not string) (expr, error) {
	if err := p.expect("("); err != nil {
		return expr{}, err
	}
	sub, _, err := p.sub()
	if err != nil {
		return expr{}, err
	}
	return expr{sql: not + "EXISTS (" + sub + ")", typ: convert.Boolean, atom: not == ""}, p.expect(")")
}

// caseOf translates CASE.
func (p *parser) caseOf() (expr, error) {
	var subject *expr
	if !p.peek().Is("WHEN") {
		e, err := p.expr()
		if err != nil {
			return e, err
		}
		subject = &e
	}
	var whens, values []expr
	for p.take("WHEN") {
		var e expr
		var err error
		if subject == nil {
			e, err = p.condition()
		} else if e, err = p.expr(); err == nil {
			e, err = compare("=", *subject, e)
		}
		if err != nil {
			return e, err
		}
		whens = append(whens, e)
		if err := p.expect("THEN"); err != nil {
			return e, err
		}
		if e, err = p.expr(); err != nil {
			return e, err
		}
		values = append(values, e)
	}
	if p.take("ELSE") {
		e, err := p.expr()
		if err != nil {
			return e, err
		}
		values = append(values, e)
	}
	if err := p.expect("END"); err != nil {
		return expr{}, err
	}
	if len(whens) == 0 {
		return expr{}, fmt.Errorf("CASE without WHEN")
	}
	values, kind, err := meet(values...)
	if err != nil {
		return expr{}, err
	}
	var b strings.Builder
	b.WriteString("CASE")
	for i, w := range whens {
		b.WriteString(" WHEN " + w.sql + " THEN " + values[i].sql)
	}
	if len(values) > len(whens) {
		b.WriteString(" ELSE " + values[len(whens)].sql)
	}
	return expr{sql: b.String() + " END", typ: kind, atom: true}, nil
}

func (p *parser) cast() (expr, error) {
	if err := p.expect("("); err != nil {
		return expr{}, err
	}
	e, err := p.expr()
	if err != nil {
		return e, err
	}
	if err := p.expect("AS"); err != nil {
		return e, err
	}
	to := ""
	for !p.peek().Is(")") && p.peek().Kind != sqltext.End {
		to += strings.ToUpper(p.next().Text) + " "
	}
	if err := p.expect(")"); err != nil {
		return e, err
	}
	if e.typ == convert.Boolean {
		e = expr{sql: e.operand() + "::int", typ: convert.Bigint, atom: true}
	}
	if e.digits != "" && strings.Contains(to, "INT") {
		e = e.integer()
	}
	switch {
	case strings.Contains(to, "INT") && integer(e.typ):
		return e, nil
	case strings.Contains(to, "INT") && number(e.typ):
		return expr{sql: "trunc(" + e.sql + ")::bigint", typ: convert.Bigint, atom: true}, nil
	case (strings.Contains(to, "TEXT") || strings.Contains(to, "CHAR")) && class(e.typ) == convert.Text:
		return e, nil
	case (strings.Contains(to, "TEXT") || strings.Contains(to, "CHAR")) && integer(e.typ):
		return expr{sql: e.operand() + "::text", typ: convert.Text, atom: true}, nil
	case (strings.Contains(to, "REAL") || strings.Contains(to, "DOUBLE") || strings.Contains(to, "FLOA")) && number(e.typ):
		return expr{sql: e.operand() + "::double precision", typ: convert.Double, atom: true}, nil
	}
	return e, fmt.Errorf("CAST of %s to %sis different in Postgres", e.sql, to)
}
