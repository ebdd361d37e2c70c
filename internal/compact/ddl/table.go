package ddl

import (
	"fmt"
	"strings"

	"github.com/power100/tpe/internal/compact/columns"
)

// The folders of a day are the columns of the partition. They are texts, as
// their names are: '2026', '07', '01'.
var partition = []string{"year", "month", "day"}

// tableName is the name of the table over all files.
const tableName = "interactions"

// table returns the statements that make the table.
func (o Options) table() []Statement {
	var out []Statement
	add := func(about, sql string) {
		out = append(out, Statement{Name: tableName, About: about, SQL: sql})
	}
	const about = "Every record of the lake; marked duplicates too."
	folder := strings.TrimRight(o.Location, "/") + "/parquet"
	switch o.Engine {
	case DuckDB:
		add(about, fmt.Sprintf(`CREATE OR REPLACE VIEW %s AS
SELECT * FROM read_parquet(%s, hive_partitioning = true, hive_types_autocast = false, union_by_name = true)`,
			tableName, o.Engine.Text(literal.Replace(folder)+"/year=*/month=*/day=*/*.parquet")))
	case Spark:
		add(about, fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (\n%s\n)\nUSING PARQUET\nPARTITIONED BY (year, month, day)\nLOCATION %s",
			tableName, o.columns(true), o.Engine.Text(folder)))
		add("Finds the days. Run it again when there are new ones.", "MSCK REPAIR TABLE "+tableName)
	case Trino:
		add(about+o.years(), fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s (
%s
)
WITH (
  format = 'PARQUET',
  external_location = %s,
  partitioned_by = ARRAY['year', 'month', 'day'],
  partition_projection_enabled = true,
  partition_projection_location_template = %s
)`, tableName, o.columns(true), o.Engine.Text(folder+"/"), o.Engine.Text(folder+dayFolder)))
	default:
		add(about+o.years(), fmt.Sprintf(`CREATE EXTERNAL TABLE IF NOT EXISTS %s (
%s
)
PARTITIONED BY (`+"`year` string, `month` string, `day` string"+`)
STORED AS PARQUET
LOCATION %s
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.year.type' = 'integer', 'projection.year.range' = '%d,%d',
  'projection.month.type' = 'integer', 'projection.month.range' = '1,12', 'projection.month.digits' = '2',
  'projection.day.type' = 'integer', 'projection.day.range' = '1,31', 'projection.day.digits' = '2',
  'storage.location.template' = %s
)`, tableName, o.columns(false), o.Engine.definitionText(folder+"/"), o.FirstYear, o.LastYear, o.Engine.definitionText(folder+dayFolder)))
	}
	return out
}

// literal makes a path a pattern of DuckDB that only the path matches.
var literal = strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]")

// dayFolder is where the files of a day lie, for engines that compute the
// partitions instead of listing them.
const dayFolder = "/year=${year}/month=${month}/day=${day}/"

// years says what an engine that computes the partitions does not look for.
func (o Options) years() string {
	return fmt.Sprintf("\nOf the years %d to %d: others are not looked for.", o.FirstYear, o.LastYear)
}

// columns lists the columns of the table, with those of the partition or
// without them.
func (o Options) columns(partitioned bool) string {
	var lines []string
	add := func(name, typ string) {
		lines = append(lines, "  "+o.Engine.columnName(name)+" "+typ)
	}
	for _, c := range columns.Schema() {
		add(c.Name, o.Engine.Type(c))
	}
	for _, name := range partition {
		if partitioned {
			add(name, typeNames[o.Engine][columns.Text]+o.projection(name))
		}
	}
	return strings.Join(lines, ",\n")
}

// projection says, for Trino, which values a column of the partition has.
func (o Options) projection(name string) string {
	if o.Engine != Trino {
		return ""
	}
	first, last, digits := o.FirstYear, o.LastYear, 4
	switch name {
	case "month":
		first, last, digits = 1, 12, 2
	case "day":
		first, last, digits = 1, 31, 2
	}
	return fmt.Sprintf(" WITH (partition_projection_type = 'integer', partition_projection_range = ARRAY['%d', '%d'], partition_projection_digits = %d)", first, last, digits)
}
