package ddl

import (
	"fmt"
	"strings"

	"github.com/power100/tpe/internal/compact/columns"
)

// Compaction is what Spark is asked to do with one day.
type Compaction struct {
	Segments string // the sealed segments, as a pattern of paths
	Folder   string // for the Parquet files; it is replaced
	Files    int    // how many, at most
}

// Settings are the settings of Spark that the compaction of a day relies on.
func Settings() []string {
	return []string{
		"SET spark.sql.session.timeZone = UTC",
		"SET spark.sql.parquet.outputTimestampType = TIMESTAMP_MILLIS",
		"SET spark.sql.ansi.enabled = true",
	}
}

// Statements returns the statements of SQL that compact the day on Spark 4.
//
// Each line becomes a map of its members, whose values keep their type
// (VARIANT). A column takes its member when it can give back the same value;
// what no column takes stays in a map that becomes extra. This is the same
// rule as package columns has. Where Spark falls short of it, as for numbers
// with more than 38 digits, the proof finds out.
func (c Compaction) Statements() []string {
	e := Spark
	m := member{expr: "m"}
	var list []string
	for _, col := range columns.Schema() {
		list = append(list, "    "+m.column(col, columns.Schema())+" AS "+e.Name(col.Name))
	}
	order := "interaction_type NULLS FIRST, `timestamp` NULLS FIRST, interaction_id NULLS FIRST"
	spread := "/*+ REPARTITION(1) */"
	if c.Files > 1 {
		spread = fmt.Sprintf("/*+ REPARTITION_BY_RANGE(%d, interaction_type, `timestamp`, interaction_id) */", c.Files)
	}
	return []string{
		fmt.Sprintf("CREATE OR REPLACE TEMPORARY VIEW segments USING text OPTIONS (path %s, lineSep '\\n')", e.Text(c.Segments)),
		fmt.Sprintf(`INSERT OVERWRITE DIRECTORY %s USING PARQUET
OPTIONS (
%s
)
WITH lines AS (
  SELECT DISTINCT to_json(parse_json(value)) AS line FROM segments WHERE trim(value) <> ''
),
members AS (
  SELECT CAST(parse_json(line) AS MAP<STRING, VARIANT>) AS m FROM lines
),
laid AS (
  SELECT
%s
  FROM members
)
SELECT %s * FROM laid SORT BY %s`, e.Text(c.Folder), parquetOptions(), strings.Join(list, ",\n"), spread, order),
	}
}

// parquetOptions are the properties of the files: compression, bloom filters,
// and no bounds of columns that hold personal data.
func parquetOptions() string {
	lines := []string{"  'compression' 'zstd'", "  'parquet.bloom.filter.adaptive.enabled' 'true'"}
	add := func(name, path, value string) {
		lines = append(lines, fmt.Sprintf("  '%s#%s' '%s'", name, path, value))
	}
	var walk func(cols []columns.Column, path string, outer columns.Type)
	walk = func(cols []columns.Column, path string, outer columns.Type) {
		for _, c := range cols {
			at := path + c.Name
			switch outer {
			case columns.List:
				at = path + "list.element"
			case columns.Map:
				at = path + "key_value." + c.Name
			default: // a member by its name
			}
			if len(c.Fields) > 0 {
				walk(c.Fields, at+".", c.Type)
				continue
			}
			if c.Bloomed {
				add("parquet.bloom.filter.enabled", at, "true")
			}
			if !c.Bounded {
				add("parquet.column.statistics.enabled", at, "false")
			}
		}
	}
	walk(columns.Schema(), "", columns.Struct)
	return strings.Join(lines, ",\n")
}

// member is an object in the language of Spark: an expression of the type
// MAP<STRING, VARIANT>, null when there is none.
type member struct{ expr string }

// of returns the value of a member, null when it is not there.
func (m member) of(name string) string {
	return "try_element_at(" + m.expr + ", " + Spark.Text(name) + ")"
}

// object returns a value as an object, null when it is none.
func object(value string) member { return member{"try_cast(" + value + " AS MAP<STRING, VARIANT>)"} }

// column returns the value of a column of the object that m is. all are the
// object's columns.
func (m member) column(c columns.Column, all []columns.Column) string {
	if c.Type == columns.Extra {
		return m.extra(all)
	}
	v := m.of(c.Name)
	switch c.Type {
	case columns.Struct:
		inner := object(v)
		return "CASE WHEN " + filled(v) + " THEN " + inner.named(c.Fields) + " END"
	case columns.List:
		elem := c.Fields[0]
		if elem.Type == columns.Struct {
			one := member{"x"}
			return fmt.Sprintf("CASE WHEN %s THEN transform(transform(try_cast(%s AS ARRAY<VARIANT>), e -> try_cast(e AS MAP<STRING, VARIANT>)), x -> %s) END",
				fits(c, v), v, one.named(elem.Fields))
		}
		return fmt.Sprintf("CASE WHEN %s THEN transform(try_cast(%s AS ARRAY<VARIANT>), e -> CAST(e AS STRING)) END", fits(c, v), v)
	case columns.Map:
		return fmt.Sprintf("CASE WHEN %s THEN transform_values(try_cast(%s AS MAP<STRING, VARIANT>), (k, e) -> CAST(e AS STRING)) END", fits(c, v), v)
	case columns.JSON:
		return "to_json(" + v + ")"
	default:
		return fmt.Sprintf("CASE WHEN %s THEN CAST(%s AS %s) END", fits(c, v), v, Spark.Type(c))
	}
}

// named returns the object's columns as a struct.
func (m member) named(all []columns.Column) string {
	var parts []string
	for _, c := range all {
		parts = append(parts, Spark.Text(c.Name)+", "+m.column(c, all))
	}
	return "named_struct(" + strings.Join(parts, ", ") + ")"
}

// filled says that a value is an object with members.
func filled(value string) string {
	return "coalesce(cardinality(try_cast(" + value + " AS MAP<STRING, VARIANT>)) > 0, false)"
}

// fits says that column c can hold a value, which may be missing.
func fits(c columns.Column, v string) string {
	is := func(typ string) string { return "coalesce(schema_of_variant(" + v + ") = '" + typ + "', false)" }
	switch c.Type {
	case columns.JSON:
		return "true"
	case columns.Struct:
		return filled(v)
	case columns.List:
		each := "schema_of_variant(e) = 'STRING'"
		if c.Fields[0].Type == columns.Struct {
			each = "try_cast(e AS MAP<STRING, VARIANT>) IS NOT NULL"
		}
		return fmt.Sprintf("coalesce(forall(try_cast(%s AS ARRAY<VARIANT>), e -> %s), false)", v, each)
	case columns.Map:
		return fmt.Sprintf("coalesce(forall(map_values(try_cast(%s AS MAP<STRING, VARIANT>)), e -> schema_of_variant(e) = 'STRING'), false)", v)
	case columns.Integer:
		return is("BIGINT")
	case columns.Boolean:
		return is("BOOLEAN")
	case columns.Double:
		// A double keeps 15 digits of any number; what Spark took for a
		// double, it is.
		return fmt.Sprintf("coalesce(schema_of_variant(%[1]s) = 'DOUBLE' OR (schema_of_variant(%[1]s) = 'BIGINT' OR schema_of_variant(%[1]s) LIKE 'DECIMAL%%') AND length(translate(to_json(%[1]s), '-.', '')) <= 15, false)", v)
	case columns.Timestamp:
		return fmt.Sprintf("coalesce(schema_of_variant(%[1]s) = 'STRING' AND date_format(try_cast(try_cast(%[1]s AS STRING) AS TIMESTAMP), 'yyyy-MM-dd\\'T\\'HH:mm:ss.SSS\\'Z\\'') = try_cast(%[1]s AS STRING), false)", v)
	default:
		return is("STRING")
	}
}

// extra returns what no column of the object takes, as a JSON object; null
// when there is nothing. An object without members is an empty one.
func (m member) extra(all []columns.Column) string {
	return fmt.Sprintf("CASE WHEN cardinality(%s) = 0 THEN '{}' ELSE nullif(to_json(%s), '{}') END", m.expr, m.left(all))
}

// left returns the members that no column takes, those of objects within
// included, as a map.
func (m member) left(all []columns.Column) string {
	var taken, within []string
	for _, c := range all {
		if c.Type == columns.Extra {
			continue
		}
		taken = append(taken, fmt.Sprintf("WHEN %s THEN NOT %s", Spark.Text(c.Name), fits(c, "v")))
		if c.Type != columns.Struct {
			continue
		}
		inner := object(m.of(c.Name))
		within = append(within, fmt.Sprintf("%s, parse_json(nullif(to_json(%s), '{}'))", Spark.Text(c.Name), inner.left(c.Fields)))
	}
	rest := fmt.Sprintf("map_filter(%s, (k, v) -> CASE k %s ELSE true END)", m.expr, strings.Join(taken, " "))
	if len(within) == 0 {
		return rest
	}
	return fmt.Sprintf("map_concat(%s, map_filter(map(%s), (k, v) -> v IS NOT NULL))", rest, strings.Join(within, ", "))
}
