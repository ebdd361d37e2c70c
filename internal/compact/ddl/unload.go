package ddl

import (
	"fmt"
	"strings"

	"github.com/power100/tpe/internal/compact/columns"
)

// Unload is what Athena is asked to do with one day.
type Unload struct {
	Table    string // a name for the table over the segments, while it lasts
	Segments string // the folder with the list of the sealed segments, one a line
	Folder   string // for the Parquet files; there must be none in it
}

// Create returns the statement that makes the table: a line of a segment is a
// row. A record holds no control characters, so that none of them separates
// columns; what is read is what the list names, and nothing that comes since.
func (u Unload) Create() string {
	return fmt.Sprintf(`CREATE EXTERNAL TABLE %s (line string)
ROW FORMAT DELIMITED FIELDS TERMINATED BY '\001'
STORED AS INPUTFORMAT 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION %s`, Athena.columnName(u.Table), Athena.definitionText(u.Segments))
}

// Drop returns the statement that removes the table, and no file.
func (u Unload) Drop() string { return "DROP TABLE IF EXISTS " + Athena.columnName(u.Table) }

// Write returns the statement that writes the Parquet files.
func (u Unload) Write() string {
	return fmt.Sprintf("UNLOAD (\n%s\n)\nTO %s\nWITH (format = 'PARQUET', compression = 'ZSTD')", u.Select(), Athena.Text(u.Folder))
}

// Select returns the query for the rows, in their order.
//
// Each line becomes a map of its members, whose values keep their type
// (JSON). A column takes its member when it can give back the same value; what
// no column takes becomes extra. This is the same rule as package columns has.
// Where Athena falls short of it, the proof finds out.
//
// Objects within the record, and what is left of them, are columns of queries
// in between: one expression for all would be too long for Trino.
func (u Unload) Select() string {
	all := columns.Schema()
	with := []string{
		fmt.Sprintf("lines AS (\n  SELECT DISTINCT json_format(json_parse(line)) AS line FROM %s WHERE trim(line) <> ''\n)", Athena.Name(u.Table)),
		"step_0 AS (\n  SELECT CAST(json_parse(line) AS MAP(VARCHAR, JSON)) AS m FROM lines\n)",
	}
	add := func(list []string) {
		n := len(with) - 1
		with = append(with, fmt.Sprintf("step_%d AS (\n  SELECT *,\n    %s\n  FROM step_%d\n)", n, strings.Join(list, ",\n    "), n-1))
	}
	levels := structs(keyed{"m", true}, all)
	for _, level := range levels {
		var list []string
		for _, in := range level {
			list = append(list, in.outer.of(in.Name).object()+" AS "+in.inner.expr)
		}
		add(list)
	}
	for i := len(levels) - 1; i >= 0; i-- {
		var list []string
		for _, in := range levels[i] {
			list = append(list, in.inner.left(in.Fields)+" AS "+in.inner.expr+leftEnding)
		}
		add(list)
	}
	var list []string
	for _, c := range all {
		list = append(list, keyed{"m", true}.value(c, all)+" AS "+Athena.Name(c.Name))
	}
	return fmt.Sprintf("WITH %s\nSELECT\n    %s\nFROM step_%d\nORDER BY interaction_type NULLS FIRST, \"timestamp\" NULLS FIRST, interaction_id NULLS FIRST",
		strings.Join(with, ",\n"), strings.Join(list, ",\n    "), len(with)-2)
}

// within is a struct within an object.
type within struct {
	columns.Column
	outer, inner keyed
}

// structs returns the structs of an object, and those within them: one level
// after the other.
func structs(m keyed, all []columns.Column) (levels [][]within) {
	for _, c := range all {
		if c.Type != columns.Struct {
			continue
		}
		in := within{c, m, m.inner(c.Name)}
		for i, level := range append([][]within{{in}}, structs(in.inner, c.Fields)...) {
			if i == len(levels) {
				levels = append(levels, nil)
			}
			levels[i] = append(levels[i], level...)
		}
	}
	return levels
}

// leftEnding ends the name of the column that holds what is left of an object.
const leftEnding = "_left"

// keyed is an object in the language of Trino: an expression of the type
// MAP(VARCHAR, JSON), null when there is none.
type keyed struct {
	expr   string
	column bool // the expression is the name of a column, and so are those of the objects within
}

// inner returns an object within, which is a column too.
func (m keyed) inner(name string) keyed { return keyed{m.expr + "_" + name, true} }

// of returns the value of a member, null when it is not there.
func (m keyed) of(name string) value {
	return value{"element_at(" + m.expr + ", " + Athena.Text(name) + ")"}
}

// has says that the member is there.
func (m keyed) has(name string) string {
	return "coalesce(contains(" + m.keys() + ", " + Athena.Text(name) + "), false)"
}

// keys returns the names of the members.
func (m keyed) keys() string { return "map_keys(" + m.expr + ")" }

// value is a JSON value in the language of Trino; null when there is none.
type value struct{ expr string }

// text returns the value as text, also that of a null of JSON.
func (v value) text() string { return "coalesce(json_format(" + v.expr + "), 'null')" }

// begins says that the text of the value begins with a letter.
func (v value) begins(letter string) string {
	return fmt.Sprintf("coalesce(substr(json_format(%s), 1, 1) = '%s', false)", v.expr, letter)
}

// like says that the text of the value is like a pattern.
func (v value) like(pattern string) string {
	return fmt.Sprintf("coalesce(regexp_like(json_format(%s), '%s'), false)", v.expr, pattern)
}

// scalar returns a string without its quotes.
func (v value) scalar() string { return "json_extract_scalar(" + v.expr + ", '$')" }

// instant returns a time.
func (v value) instant() string {
	return "TRY_CAST(replace(substr(" + v.scalar() + ", 1, 23), 'T', ' ') AS " + Trino.Type(columns.Column{Type: columns.Timestamp}) + ")"
}

// object returns the value as an object, null when it is none.
func (v value) object() string {
	return fmt.Sprintf("CASE WHEN %s THEN TRY_CAST(%s AS MAP(VARCHAR, JSON)) END", v.begins("{"), v.expr)
}

// array returns the value as an array, an empty one when it is none.
func (v value) array() string {
	return fmt.Sprintf("coalesce(CASE WHEN %s THEN TRY_CAST(%s AS ARRAY(JSON)) END, ARRAY[])", v.begins("["), v.expr)
}

// none says that a condition holds for no element of an array.
func none(array, name, condition string) string {
	return fmt.Sprintf("cardinality(filter(%s, %s -> %s)) = 0", array, name, condition)
}

// value returns the value of a column of the object that m is. all are the
// object's columns.
func (m keyed) value(c columns.Column, all []columns.Column) string {
	v := m.of(c.Name)
	var out string
	switch c.Type {
	case columns.Extra:
		return m.extra(all)
	case columns.JSON:
		out = v.text()
	case columns.Struct:
		out = m.inner(c.Name).row(c.Fields)
	case columns.List:
		if elem := c.Fields[0]; elem.Type == columns.Struct {
			out = fmt.Sprintf("transform(%s, e -> %s)", v.array(), keyed{value{"e"}.object(), false}.row(elem.Fields))
		} else {
			out = fmt.Sprintf("transform(%s, e -> %s)", v.array(), value{"e"}.scalar())
		}
	case columns.Map:
		out = "TRY_CAST(" + v.expr + " AS MAP(VARCHAR, VARCHAR))"
	case columns.Timestamp:
		out = v.instant()
	case columns.Text:
		out = v.scalar()
	default:
		out = "TRY_CAST(json_format(" + v.expr + ") AS " + Trino.Type(c) + ")"
	}
	return "CASE WHEN " + m.fits(c) + " THEN " + out + " END"
}

// row returns the object's columns as a row.
func (m keyed) row(all []columns.Column) string {
	var values []string
	for _, c := range all {
		values = append(values, m.value(c, all))
	}
	return "CAST(ROW(" + strings.Join(values, ", ") + ") AS " + Trino.Type(columns.Column{Type: columns.Struct, Fields: all}) + ")"
}

// fits says that column c can hold its member, which may be missing.
func (m keyed) fits(c columns.Column) string {
	v := m.of(c.Name)
	switch c.Type {
	case columns.JSON:
		return m.has(c.Name)
	case columns.Struct:
		return "coalesce(cardinality(" + m.inner(c.Name).keys() + ") > 0, false)"
	case columns.List:
		other := "NOT " + value{"e"}.begins(`"`)
		if c.Fields[0].Type == columns.Struct {
			other = "NOT " + value{"e"}.begins("{")
		}
		return v.begins("[") + " AND " + none(v.array(), "e", other)
	case columns.Map:
		return v.begins("{") + " AND " + none("map_values("+v.object()+")", "e", "NOT "+value{"e"}.begins(`"`))
	case columns.Integer:
		return v.like("^-?[0-9]+$") + " AND TRY_CAST(json_format(" + v.expr + ") AS BIGINT) IS NOT NULL"
	case columns.Boolean:
		return v.like("^(true|false)$")
	case columns.Double:
		// A double keeps 15 digits of any number.
		return v.like("^-?[0-9.]+([eE].*)?$") + " AND length(regexp_replace(regexp_replace(json_format(" + v.expr + "), '[eE].*$', ''), '[^0-9]', '')) <= 15"
	case columns.Timestamp:
		return v.like(`^"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z"$`) + " AND " + v.instant() + " IS NOT NULL"
	default:
		return v.begins(`"`)
	}
}

// extra returns what no column of the object takes, as a JSON object; null
// when there is nothing. An object without members is an empty one.
func (m keyed) extra(all []columns.Column) string {
	return fmt.Sprintf("CASE WHEN cardinality(%s) = 0 THEN '{}' ELSE element_at(filter(ARRAY[%s], s -> s <> '{}'), 1) END", m.keys(), m.left(all))
}

// left returns the members that no column takes, those of objects within
// included, as a JSON object. No lambda uses more than its own argument, and
// NULLIF is not used: some versions of Trino cannot plan that in a lambda.
func (m keyed) left(all []columns.Column) string {
	var names, known []string
	for _, c := range all {
		if c.Type == columns.Extra {
			continue
		}
		names = append(names, Athena.Text(c.Name))
		also := ""
		if c.Type == columns.Struct {
			left := m.inner(c.Name).expr + leftEnding
			also = fmt.Sprintf(" WHEN %s <> '{}' THEN '\"%s\":' || %s", left, c.Name, left)
		}
		known = append(known, fmt.Sprintf("CASE WHEN %s AND NOT (%s) THEN '\"%s\":' || %s%s END", m.has(c.Name), m.fits(c), c.Name, m.of(c.Name).text(), also))
	}
	return fmt.Sprintf("'{' || array_join(concat(transform(filter(map_entries(%s), x -> x[1] NOT IN (%s)), x -> json_format(CAST(x[1] AS JSON)) || ':' || %s), filter(ARRAY[%s], s -> s IS NOT NULL)), ',') || '}'",
		m.expr, strings.Join(names, ", "), value{"x[2]"}.text(), strings.Join(known, ", "))
}
