package dialect

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/sqltext"
)

// expr is a translated expression.
type expr struct {
	sql     string
	typ     convert.Kind // Unknown for NULL
	atom    bool         // needs no brackets as an operand
	literal byte         // 'n' number, 's' text, 0 none
	value   string       // of a literal
	column  bool         // a column as it is
	noCase  bool         // compares without regard to case
	name    string       // of a column
	digits  string       // of a text that is an integer in digits: the integer
}

func (e expr) operand() string {
	if e.atom {
		return e.sql
	}
	return "(" + e.sql + ")"
}

// integer is the integer whose digits e is.
func (e expr) integer() expr { return expr{sql: e.digits, typ: convert.Bigint, atom: true} }

func (e expr) null() bool { return e.typ == convert.Unknown }

func number(k convert.Kind) bool {
	switch k {
	case convert.Smallint, convert.Integer, convert.Bigint, convert.Real, convert.Double, convert.Numeric:
		return true
	default:
		return false
	}
}

func integer(k convert.Kind) bool {
	return k == convert.Smallint || k == convert.Integer || k == convert.Bigint
}

// class groups the types whose values compare with each other.
func class(k convert.Kind) convert.Kind {
	switch {
	case number(k):
		return convert.Numeric
	case k == convert.Varchar:
		return convert.Text
	default:
		return k
	}
}

// as returns e as a value of type k, when that is certain.
func (e expr) as(k convert.Kind) (expr, error) {
	if e.null() || class(e.typ) == class(k) {
		return e, nil
	}
	fail := func() (expr, error) {
		return e, fmt.Errorf("%s is not of type %s", e.sql, convert.Type{Kind: k}.SQL())
	}
	if e.literal == 0 {
		if number(k) && e.digits != "" {
			return e.integer(), nil
		}
		if k == convert.Text && integer(e.typ) {
			return expr{sql: e.operand() + "::text", typ: k, atom: true}, nil
		}
		if number(k) && e.typ == convert.Boolean {
			return expr{sql: e.operand() + "::int", typ: convert.Bigint, atom: true}, nil
		}
		return fail()
	}
	lit := expr{typ: k, atom: true, literal: 's', value: e.value}
	switch {
	case k == convert.Text && e.literal == 'n':
		lit.sql = pgname.Text(e.value)
	case number(k) && e.literal == 's':
		if _, err := strconv.ParseFloat(e.value, 64); err != nil {
			return fail()
		}
		lit.sql, lit.literal = e.value, 'n'
	case k == convert.Boolean:
		value, ok := convert.ParseBool([]byte(e.value))
		if !ok {
			return fail()
		}
		lit.sql = strconv.FormatBool(value)
	case k == convert.Timestamptz || k == convert.Timestamp || k == convert.Date:
		if e.literal != 's' {
			return fail()
		}
		micros, _, reason := convert.ParseTime([]byte(e.value))
		if reason != "" || k == convert.Date && micros%86_400_000_000 != 0 {
			return fail()
		}
		text := convert.FormatTime(micros)
		if k == convert.Date {
			text, _, _ = strings.Cut(text, "T")
		}
		lit.sql = pgname.Text(text) + "::" + convert.Type{Kind: k}.SQL()
	case k == convert.UUID && e.literal == 's':
		var id [16]byte
		if !convert.ParseUUID(&id, []byte(e.value)) {
			return fail()
		}
		lit.sql = pgname.Text(e.value) + "::uuid"
	case (k == convert.JSON || k == convert.JSONB) && e.literal == 's':
		var enc convert.Encoder
		if !enc.ValidJSON([]byte(e.value)) {
			return fail()
		}
		lit.sql = pgname.Text(e.value) + "::" + convert.Type{Kind: k}.SQL()
	default:
		return fail()
	}
	return lit, nil
}

// truth returns e as a condition.
func (e expr) truth() (expr, error) {
	switch {
	case e.null() || e.typ == convert.Boolean:
		return e, nil
	case e.literal == 'n':
		f, err := strconv.ParseFloat(e.value, 64)
		return expr{sql: strconv.FormatBool(f != 0), typ: convert.Boolean, atom: true}, err
	case number(e.typ):
		return expr{sql: e.operand() + " <> 0", typ: convert.Boolean}, nil
	default:
		return e, fmt.Errorf("%s is not a condition", e.sql)
	}
}

// meet returns the expressions with one type, when that is certain.
func meet(list ...expr) ([]expr, convert.Kind, error) {
	kind := convert.Unknown
	for _, want := range []bool{false, true} { // what is no literal decides
		for _, e := range list {
			if (e.literal != 0) == want && !e.null() && (kind == convert.Unknown || class(kind) == convert.Numeric && e.typ == convert.Double) {
				if kind == convert.Unknown || e.typ == convert.Double && number(kind) {
					kind = e.typ
				}
			}
		}
	}
	out := make([]expr, len(list))
	for i, e := range list {
		var err error
		if out[i], err = e.as(kind); err != nil {
			return nil, kind, err
		}
	}
	return out, kind, nil
}

// parser translates while it reads: every method returns Postgres.
type parser struct {
	schema *Schema
	sql    string
	tokens []sqltext.Token
	at     int
	scope  *scope
	typed  convert.Kind // of the column that a default is for
}

func (p *parser) peek() sqltext.Token { return p.tokens[p.at] }

func (p *parser) next() sqltext.Token {
	t := p.tokens[p.at]
	if t.Kind != sqltext.End {
		p.at++
	}
	return t
}

// take moves on when the next token is one of the given words.
func (p *parser) take(words ...string) bool {
	if p.peek().Is(words...) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(word string) error {
	if p.take(word) {
		return nil
	}
	return fmt.Errorf("%s is expected before %q", word, p.peek().Text)
}

// whole reads all tokens by one rule.
func (p *parser) whole(rule func() (expr, error)) (expr, error) {
	e, err := rule()
	if err != nil {
		return e, err
	}
	if t := p.peek(); t.Kind != sqltext.End {
		return e, fmt.Errorf("%q is not understood here", t.Text)
	}
	return e, nil
}

func (p *parser) condition() (expr, error) {
	e, err := p.expr()
	if err != nil {
		return e, err
	}
	return e.truth()
}

// expr reads an expression, the loosest operators first.
func (p *parser) expr() (expr, error) {
	return p.logic("OR", func() (expr, error) { return p.logic("AND", p.not) })
}

func (p *parser) logic(op string, operand func() (expr, error)) (expr, error) {
	l, err := operand()
	if err != nil {
		return l, err
	}
	for p.take(op) {
		r, err := operand()
		if err != nil {
			return r, err
		}
		if l, err = l.truth(); err != nil {
			return l, err
		}
		if r, err = r.truth(); err != nil {
			return r, err
		}
		l = expr{sql: l.operand() + " " + op + " " + r.operand(), typ: convert.Boolean}
	}
	return l, nil
}

func (p *parser) not() (expr, error) {
	if !p.peek().Is("NOT") || p.tokens[p.at+1].Is("EXISTS") {
		return p.equality()
	}
	p.at++
	e, err := p.not()
	if err != nil {
		return e, err
	}
	if e, err = e.truth(); err != nil {
		return e, err
	}
	return expr{sql: "NOT " + e.operand(), typ: convert.Boolean}, nil
}
