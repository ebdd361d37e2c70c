package ddl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/compact/columns"
	"github.com/power100/tpe/internal/tpe"
)

// Engine is a dialect of SQL.
type Engine string

// The engines.
const (
	Athena Engine = "athena"
	DuckDB Engine = "duckdb"
	Spark  Engine = "spark"
	Trino  Engine = "trino"
)

// Engines returns all engines.
func Engines() []Engine { return []Engine{Athena, DuckDB, Spark, Trino} }

// ParseEngine reads the name of an engine. The error is of the code Misuse.
func ParseEngine(name string) (Engine, error) {
	if e := Engine(name); slices.Contains(Engines(), e) {
		return e, nil
	}
	if name == "" {
		return "", tpe.Errorf(tpe.Misuse, "no engine is named: use --engine athena, duckdb, spark or trino")
	}
	return "", tpe.Errorf(tpe.Misuse, "the engine %q is not known: use athena, duckdb, spark or trino", name)
}

// Name quotes a name in a query.
func (e Engine) Name(name string) string {
	if e == Spark {
		return "`" + strings.ReplaceAll(name, "`", "``") + "`"
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// Text quotes a text in a query.
func (e Engine) Text(text string) string {
	if e == Spark {
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// columnName quotes the name of a column where it is defined: Athena defines
// tables in the language of Hive.
func (e Engine) columnName(name string) string {
	if e == Athena {
		return Spark.Name(name)
	}
	return e.Name(name)
}

// definitionText quotes a text where a table is defined.
func (e Engine) definitionText(text string) string {
	if e == Athena {
		return Spark.Text(text)
	}
	return e.Text(text)
}

// typeNames are the names of the types without fields.
var typeNames = map[Engine]map[columns.Type]string{
	Athena: {columns.Text: "string", columns.Timestamp: "timestamp", columns.Integer: "bigint", columns.Double: "double", columns.Boolean: "boolean"},
	DuckDB: {columns.Text: "VARCHAR", columns.Timestamp: "TIMESTAMP WITH TIME ZONE", columns.Integer: "BIGINT", columns.Double: "DOUBLE", columns.Boolean: "BOOLEAN"},
	Spark:  {columns.Text: "STRING", columns.Timestamp: "TIMESTAMP", columns.Integer: "BIGINT", columns.Double: "DOUBLE", columns.Boolean: "BOOLEAN"},
	Trino:  {columns.Text: "varchar", columns.Timestamp: "timestamp(3)", columns.Integer: "bigint", columns.Double: "double", columns.Boolean: "boolean"},
}

// Type returns the type of a column as the engine defines it.
func (e Engine) Type(c columns.Column) string {
	var fields []string
	for _, f := range c.Fields {
		fields = append(fields, e.field(c.Type, f))
	}
	inner := strings.Join(fields, ", ")
	if e == Athena {
		inner = strings.Join(fields, ",")
	}
	forms := map[Engine]map[columns.Type]string{
		Athena: {columns.Struct: "struct<%s>", columns.List: "array<%s>", columns.Map: "map<%s>"},
		DuckDB: {columns.Struct: "STRUCT(%s)", columns.List: "%s[]", columns.Map: "MAP(%s)"},
		Spark:  {columns.Struct: "STRUCT<%s>", columns.List: "ARRAY<%s>", columns.Map: "MAP<%s>"},
		Trino:  {columns.Struct: "ROW(%s)", columns.List: "ARRAY(%s)", columns.Map: "MAP(%s)"},
	}
	if form, ok := forms[e][c.Type]; ok {
		return fmt.Sprintf(form, inner)
	}
	if c.Type == columns.JSON || c.Type == columns.Extra {
		return typeNames[e][columns.Text] // not every engine knows a type for JSON
	}
	return typeNames[e][c.Type]
}

// field returns a field of a column whose type is outer: the elements of
// lists and maps have no names.
func (e Engine) field(outer columns.Type, f columns.Column) string {
	switch {
	case outer != columns.Struct:
		return e.Type(f)
	case e == Athena:
		return e.columnName(f.Name) + ":" + e.Type(f)
	case e == Spark:
		return e.Name(f.Name) + ": " + e.Type(f)
	default:
		return e.Name(f.Name) + " " + e.Type(f)
	}
}
