package dialect

import (
	"fmt"
	"strings"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/sqltext"
)

func (p *parser) equality() (expr, error) {
	l, err := p.order()
	for err == nil {
		negated := p.peek().Is("NOT") && p.tokens[p.at+1].Is("IN", "LIKE", "GLOB", "REGEXP", "MATCH", "BETWEEN", "NULL")
		if negated {
			p.at++
		}
		t := p.peek()
		if !t.Is("=", "==", "!=", "<>", "IS", "ISNULL", "NOTNULL", "IN", "LIKE", "BETWEEN", "GLOB", "REGEXP", "MATCH") && (!negated || !t.Is("NULL")) {
			return l, nil
		}
		p.at++
		l, err = p.test(l, strings.ToUpper(t.Text), negated)
	}
	return l, err
}

func (p *parser) test(l expr, op string, negated bool) (expr, error) {
	not := ""
	if negated {
		not = "NOT "
	}
	switch op {
	case "ISNULL":
		return expr{sql: l.operand() + " IS NULL", typ: convert.Boolean}, nil
	case "NOTNULL", "NULL":
		return expr{sql: l.operand() + " IS NOT NULL", typ: convert.Boolean}, nil
	case "IS":
		op = "IS NOT DISTINCT FROM"
		if p.take("NOT") {
			op = "IS DISTINCT FROM"
		}
		if p.take("NULL") {
			return p.test(l, map[bool]string{true: "ISNULL", false: "NOTNULL"}[op == "IS NOT DISTINCT FROM"], false)
		}
	case "IN":
		return p.in(l, not)
	case "LIKE":
		return p.like(l, not)
	case "BETWEEN":
		lo, err := p.order()
		if err != nil {
			return lo, err
		}
		if err := p.expect("AND"); err != nil {
			return lo, err
		}
		hi, err := p.order()
		if err != nil {
			return hi, err
		}
		list, _, err := comparable(l, lo, hi)
		if err != nil {
			return l, err
		}
		return expr{sql: fmt.Sprintf("%s %sBETWEEN %s AND %s", list[0].operand(), not, list[1].operand(), list[2].operand()), typ: convert.Boolean}, nil
	case "GLOB", "REGEXP", "MATCH":
		return l, fmt.Errorf("%s is of SQLite only", op)
	}
	r, err := p.order()
	if err != nil {
		return r, err
	}
	return compare(op, l, r)
}

// comparable is meet for values that are compared.
func comparable(list ...expr) ([]expr, convert.Kind, error) {
	for _, e := range list {
		if e.noCase {
			return nil, 0, fmt.Errorf("%s compares by a collation that Postgres does not have", e.sql)
		}
	}
	out, kind, err := meet(list...)
	if kind == convert.JSON || kind == convert.JSONB {
		return nil, 0, fmt.Errorf("JSON is compared as text")
	}
	return out, kind, err
}

func compare(op string, l, r expr) (expr, error) {
	list, _, err := comparable(l, r)
	if err != nil {
		return l, err
	}
	switch op {
	case "==":
		op = "="
	case "!=":
		op = "<>"
	}
	return expr{sql: list[0].operand() + " " + op + " " + list[1].operand(), typ: convert.Boolean}, nil
}

func (p *parser) in(l expr, not string) (expr, error) {
	if err := p.expect("("); err != nil {
		return l, fmt.Errorf("IN with the name of a table is of SQLite only")
	}
	if p.peek().Is("SELECT") {
		sub, cols, err := p.sub()
		if err != nil {
			return l, err
		}
		if len(cols) != 1 || class(cols[0].expr.typ) != class(l.typ) {
			return l, fmt.Errorf("IN compares values of different types")
		}
		return expr{sql: l.operand() + " " + not + "IN (" + sub + ")", typ: convert.Boolean}, p.expect(")")
	}
	list, err := p.list()
	if err != nil {
		return l, err
	}
	if len(list) == 0 {
		return expr{sql: map[bool]string{true: "true", false: "false"}[not != ""], typ: convert.Boolean, atom: true}, nil
	}
	all, _, err := comparable(append([]expr{l}, list...)...)
	if err != nil {
		return l, err
	}
	return expr{sql: all[0].operand() + " " + not + "IN (" + join(all[1:]) + ")", typ: convert.Boolean}, nil
}

// list reads expressions up to the closing bracket.
func (p *parser) list() ([]expr, error) {
	var out []expr
	for !p.take(")") {
		if len(out) > 0 {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func join(list []expr) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = e.sql
	}
	return strings.Join(parts, ", ")
}

// like translates LIKE, which SQLite compares without regard to the case of
// ASCII letters, and without an escape character unless one is given.
func (p *parser) like(l expr, not string) (expr, error) {
	r, err := p.order()
	if err != nil {
		return r, err
	}
	escape := "''"
	if p.take("ESCAPE") {
		t := p.next()
		if t.Kind != sqltext.Text || len(t.Text) != 1 {
			return r, fmt.Errorf("ESCAPE takes one character")
		}
		escape = pgname.Text(t.Text)
	}
	if l, err = l.as(convert.Text); err != nil {
		return l, err
	}
	if r, err = r.as(convert.Text); err != nil {
		return r, err
	}
	return expr{sql: fmt.Sprintf("%s %sILIKE %s ESCAPE %s", l.operand(), not, r.operand(), escape), typ: convert.Boolean}, nil
}

func (p *parser) order() (expr, error) {
	l, err := p.bits()
	for err == nil && p.peek().Is("<", "<=", ">", ">=") {
		op := p.next().Text
		var r expr
		if r, err = p.bits(); err == nil {
			l, err = compare(op, l, r)
		}
	}
	return l, err
}

func (p *parser) bits() (expr, error) {
	return p.arithmetic([]string{"&", "|", "<<", ">>"}, func() (expr, error) {
		return p.arithmetic([]string{"+", "-"}, func() (expr, error) {
			return p.arithmetic([]string{"*", "/", "%"}, p.concat)
		})
	})
}

func (p *parser) arithmetic(ops []string, operand func() (expr, error)) (expr, error) {
	l, err := operand()
	for err == nil && p.peek().Is(ops...) {
		op := p.next().Text
		var r expr
		if r, err = operand(); err == nil {
			l, err = calculate(op, l, r)
		}
	}
	return l, err
}

func calculate(op string, l, r expr) (expr, error) {
	for _, e := range []*expr{&l, &r} {
		if e.digits != "" {
			*e = e.integer()
		}
		if e.typ == convert.Boolean {
			*e = expr{sql: e.operand() + "::int", typ: convert.Bigint, atom: true}
		}
		if !number(e.typ) || e.literal == 's' {
			return l, fmt.Errorf("%s is not a number", e.sql)
		}
	}
	whole := integer(l.typ) && integer(r.typ)
	kind := convert.Double
	switch {
	case whole:
		kind = convert.Bigint
	case l.typ == convert.Numeric && r.typ != convert.Double || r.typ == convert.Numeric && l.typ != convert.Double:
		kind = convert.Numeric
	}
	switch op {
	case "/", "%":
		if !whole && (op == "%" || kind == convert.Numeric) {
			return l, fmt.Errorf("%s depends on how the number is stored", op)
		}
		if r.literal != 'n' || strings.Trim(r.value, "0.") == "" {
			r = expr{sql: "nullif(" + r.sql + ", 0)", typ: r.typ, atom: true} // SQLite answers NULL
		}
	case "&", "|", "<<", ">>":
		if !whole || op == "<<" || op == ">>" {
			return l, fmt.Errorf("%s is different in Postgres", op)
		}
	}
	return expr{sql: l.operand() + " " + op + " " + r.operand(), typ: kind}, nil
}

func (p *parser) concat() (expr, error) {
	l, err := p.unary()
	for err == nil && p.peek().Is("||", "->", "->>") {
		if !p.take("||") {
			return l, fmt.Errorf("%s of JSON is different in Postgres", p.peek().Text)
		}
		var r expr
		if r, err = p.unary(); err != nil {
			return r, err
		}
		if l, err = l.as(convert.Text); err != nil {
			return l, err
		}
		if r, err = r.as(convert.Text); err != nil {
			return r, err
		}
		l = expr{sql: l.operand() + " || " + r.operand(), typ: convert.Text}
	}
	return l, err
}

func (p *parser) unary() (expr, error) {
	switch {
	case p.take("-"):
		e, err := p.unary()
		if err != nil {
			return e, err
		}
		if !number(e.typ) || e.literal == 's' {
			return e, fmt.Errorf("- of %s, which is not a number", e.sql)
		}
		if e.literal == 'n' {
			return expr{sql: "-" + e.sql, typ: e.typ, literal: 'n', value: "-" + e.value}, nil
		}
		return expr{sql: "-" + e.operand(), typ: e.typ}, nil
	case p.take("+"):
		return p.unary()
	case p.take("~"):
		return expr{}, fmt.Errorf("~ is different in Postgres")
	}
	e, err := p.primary()
	for err == nil && p.take("COLLATE") {
		name := p.next().Text
		if !strings.EqualFold(name, "BINARY") {
			return e, fmt.Errorf("the collation %s is of SQLite only", name)
		}
		e.noCase = false
	}
	return e, err
}
