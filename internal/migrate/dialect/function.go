package dialect

import (
	"fmt"
	"strings"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/pgname"
)

// function translates a call whose opening bracket was read.
func (p *parser) function(name string) (expr, error) {
	star := p.take("*")
	distinct := ""
	if p.take("DISTINCT") {
		distinct = "DISTINCT "
	}
	args, err := p.list()
	if err != nil {
		return expr{}, err
	}
	if p.peek().Is("OVER", "FILTER") {
		return expr{}, fmt.Errorf("%s with %s is not translated", name, p.peek().Text)
	}
	if star {
		if name != "count" {
			return expr{}, fmt.Errorf("%s(*) is of SQLite only", name)
		}
		return expr{sql: "count(*)", typ: convert.Bigint, atom: true}, nil
	}
	if e, ok, err := p.clock(name, args); ok || err != nil {
		return e, err
	}
	call := func(sql string, kind convert.Kind) (expr, error) {
		return expr{sql: sql, typ: kind, atom: true}, nil
	}
	if distinct != "" || len(args) == 1 {
		if e, ok, err := aggregate(name, distinct, args); ok || err != nil {
			return e, err
		}
	}
	switch n := len(args); {
	case (name == "coalesce" || name == "ifnull") && n > 1, name == "nullif" && n == 2:
		list, kind, err := meet(args...)
		if err != nil {
			return expr{}, err
		}
		if name == "ifnull" {
			name = "coalesce"
		}
		return call(name+"("+join(list)+")", kind)
	case name == "iif" && n == 3:
		cond, err := args[0].truth()
		if err != nil {
			return cond, err
		}
		list, kind, err := meet(args[1:]...)
		if err != nil {
			return expr{}, err
		}
		return call("CASE WHEN "+cond.sql+" THEN "+list[0].sql+" ELSE "+list[1].sql+" END", kind)
	case name == "abs" && n == 1 && number(args[0].typ):
		return call("abs("+args[0].sql+")", args[0].typ)
	case name == "round" && n == 1 && number(args[0].typ):
		return call("round("+args[0].operand()+"::numeric)::double precision", convert.Double)
	case name == "round" && n == 2 && number(args[0].typ) && args[1].literal == 'n':
		return call("round("+args[0].operand()+"::numeric, "+args[1].sql+")::double precision", convert.Double)
	case name == "length" && n == 1 && args[0].typ == convert.Bytea:
		return call("octet_length("+args[0].sql+")::bigint", convert.Bigint)
	case name == "group_concat" && (n == 1 || n == 2) || name == "string_agg" && n == 2:
		value, err := args[0].as(convert.Text)
		if err != nil {
			return value, err
		}
		separator := "','"
		if n == 2 {
			separator = args[1].sql
		}
		return call("string_agg("+distinct+value.sql+", "+separator+")", convert.Text)
	}
	return textFunction(name, args)
}

// aggregate translates the aggregates of one argument.
func aggregate(name, distinct string, args []expr) (expr, bool, error) {
	if len(args) != 1 {
		return expr{}, distinct != "" && name != "group_concat", nil
	}
	a := args[0]
	inner := distinct + a.sql
	if a.typ == convert.Boolean && name != "count" {
		a = expr{sql: a.operand() + "::int", typ: convert.Bigint, atom: true}
		inner = distinct + a.sql
	}
	of := func(sql string, kind convert.Kind) (expr, bool, error) {
		return expr{sql: sql, typ: kind, atom: true}, true, nil
	}
	switch {
	case name == "count":
		return of("count("+inner+")", convert.Bigint)
	case name == "sum" && integer(a.typ):
		return of("sum("+inner+")::bigint", convert.Bigint)
	case name == "sum" && number(a.typ):
		return of("sum("+inner+")", a.typ)
	case name == "avg" && number(a.typ):
		return of("avg("+inner+")::double precision", convert.Double)
	case name == "total" && number(a.typ):
		return of("coalesce(sum("+inner+"), 0)::double precision", convert.Double)
	case (name == "min" || name == "max") && !a.noCase && a.typ != convert.Unknown && a.typ != convert.JSON && a.typ != convert.JSONB && a.typ != convert.UUID && a.typ != convert.Bytea:
		return of(name+"("+inner+")", a.typ)
	}
	return expr{}, false, nil
}

// textFunction translates functions of texts.
func textFunction(name string, args []expr) (expr, error) {
	fail := fmt.Errorf("the function %s is not translated for these arguments", name)
	shape := map[string]string{"lower": "t", "upper": "t", "length": "t", "trim": "t", "ltrim": "t", "rtrim": "t",
		"replace": "ttt", "substr": "tnn", "substring": "tnn", "instr": "tt"}[name]
	if name == "substr" || name == "substring" {
		shape = shape[:min(len(shape), max(2, len(args)))]
		if len(args) > 1 && (args[1].literal != 'n' || strings.HasPrefix(args[1].value, "-") || args[1].value == "0") ||
			len(args) > 2 && (args[2].literal != 'n' || strings.HasPrefix(args[2].value, "-")) {
			return expr{}, fail
		}
		name = "substr"
	}
	if shape == "" || len(shape) != len(args) {
		return expr{}, fail
	}
	for i, c := range []byte(shape) {
		var err error
		switch {
		case c == 'n' && !integer(args[i].typ):
			return expr{}, fail
		case c == 't':
			if args[i], err = args[i].as(convert.Text); err != nil {
				return expr{}, err
			}
		}
	}
	kind := convert.Text
	switch name {
	case "length":
		return expr{sql: "length(" + args[0].sql + ")::bigint", typ: convert.Bigint, atom: true}, nil
	case "instr":
		return expr{sql: "strpos(" + join(args) + ")::bigint", typ: convert.Bigint, atom: true}, nil
	case "trim":
		name = "btrim"
	}
	return expr{sql: name + "(" + join(args) + ")", typ: kind, atom: true}, nil
}

// strftimeFormats are the conversions of strftime that to_char has.
var strftimeFormats = strings.NewReplacer("%Y", "YYYY", "%m", "MM", "%d", "DD", "%H", "HH24", "%M", "MI", "%S", "SS", "%j", "DDD", "%f", "SS.MS")

// clock translates the functions of dates, for the present time and for
// columns that hold times.
func (p *parser) clock(name string, args []expr) (expr, bool, error) {
	format := ""
	switch name {
	case "date":
		format = dateFormat
	case "time":
		format = timeFormat
	case "datetime":
		format = bothFormat
	case "unixepoch", "strftime":
	case "julianday", "timediff":
		return expr{}, true, fmt.Errorf("the function %s is not translated", name)
	default:
		return expr{}, false, nil
	}
	if name == "strftime" {
		if len(args) == 0 || args[0].literal != 's' {
			return expr{}, true, fmt.Errorf("strftime takes its format as a text")
		}
		f := args[0].value
		args = args[1:]
		if f == "%s" {
			e, err := epoch(args)
			return expr{sql: e.sql + "::text", typ: convert.Text, atom: true, digits: e.sql}, true, err
		}
		format = strftimeFormats.Replace(f)
		if strings.ContainsRune(format, '%') || strings.ContainsFunc(strings.NewReplacer("YYYY", "", "MM", "", "DDD", "", "DD", "", "HH24", "", "MI", "", "SS", "", "MS", "", "T", "", "Z", "").Replace(format), func(r rune) bool {
			return r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		}) {
			return expr{}, true, fmt.Errorf("the format %s is not translated", f)
		}
		format = strings.NewReplacer("T", `"T"`, "Z", `"Z"`).Replace(format)
	}
	if name == "unixepoch" {
		e, err := epoch(args)
		return e, true, err
	}
	switch {
	case len(args) == 0 || len(args) == 1 && strings.EqualFold(args[0].value, "now") && args[0].literal == 's':
		return p.present(format), true, nil
	case len(args) == 1 && args[0].literal == 's' && (name == "date" || name == "datetime"):
		if micros, form, reason := convert.ParseTime([]byte(args[0].value)); reason == "" && (form == convert.ISODate || form == convert.ISOLocal) && micros%1_000_000 == 0 {
			text := strings.Replace(strings.TrimSuffix(convert.FormatTime(micros), "Z"), "T", " ", 1)
			text = text[:map[string]int{"date": 10, "datetime": 19}[name]]
			return expr{sql: pgname.Text(text), typ: convert.Text, atom: true, literal: 's', value: text}, true, nil
		}
	case len(args) == 1 && args[0].typ == convert.Timestamptz && args[0].literal == 0:
		return expr{sql: "to_char(" + args[0].operand() + " AT TIME ZONE 'UTC', " + pgname.Text(format) + ")", typ: convert.Text, atom: true}, true, nil
	case len(args) == 1 && args[0].typ == convert.Date && args[0].literal == 0:
		return expr{sql: "to_char(" + args[0].sql + ", " + pgname.Text(format) + ")", typ: convert.Text, atom: true}, true, nil
	}
	return expr{}, true, fmt.Errorf("%s is translated for the present time and for columns of times only", name)
}

// epoch is the seconds since 1970, as an integer.
func epoch(args []expr) (expr, error) {
	of := func(sql string) (expr, error) {
		return expr{sql: "floor(extract(epoch FROM " + sql + "))::bigint", typ: convert.Bigint, atom: true}, nil
	}
	switch {
	case len(args) == 0 || len(args) == 1 && args[0].literal == 's' && strings.EqualFold(args[0].value, "now"):
		return of("now()")
	case len(args) == 1 && args[0].typ == convert.Timestamptz && args[0].literal == 0:
		return of(args[0].sql)
	}
	return expr{}, fmt.Errorf("seconds since 1970 are translated for the present time and for columns of times only")
}
