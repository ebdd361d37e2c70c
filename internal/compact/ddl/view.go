package ddl

import (
	_ "embed"
	"fmt"
	"strings"
	"text/template"
)

// viewText holds the views, one template for all engines.
//
//go:embed views.sql.tmpl
var viewText string

// dialect is what the template asks of an engine.
type dialect struct{ Options }

// Name quotes a name.
func (d dialect) Name(name string) string { return d.Engine.Name(name) }

// Length returns the number of elements of a list.
func (d dialect) Length(list string) string {
	name := "cardinality"
	switch d.Engine {
	case DuckDB:
		name = "len"
	case Spark:
		name = "size"
	case Athena, Trino:
	}
	return name + "(" + list + ")"
}

// Quantile returns the value below which a share of the values lies. Athena
// and Trino know it by approximation only.
func (d dialect) Quantile(value, share string) string {
	switch d.Engine {
	case DuckDB:
		return "quantile_cont(" + value + ", " + share + ")"
	case Spark:
		return "percentile(" + value + ", " + share + ")"
	default:
		return "approx_percentile(" + value + ", " + share + ")"
	}
}

// views returns the statements that make the views.
func (o Options) views() ([]Statement, error) {
	t, err := template.New("views").Parse(viewText)
	if err != nil {
		return nil, fmt.Errorf("read views: %w", err)
	}
	var b strings.Builder
	if err := t.Execute(&b, dialect{o}); err != nil {
		return nil, fmt.Errorf("write views: %w", err)
	}
	var out []Statement
	for part := range strings.SplitSeq(b.String(), "\n\n") {
		var st Statement
		lines := strings.Split(strings.TrimSpace(part), "\n")
		n := 0
		for ; n < len(lines) && strings.HasPrefix(lines[n], "-- "); n++ {
			st.About = strings.TrimPrefix(st.About+"\n"+strings.TrimPrefix(lines[n], "-- "), "\n")
		}
		st.SQL = strings.TrimSuffix(strings.Join(lines[n:], "\n"), ";")
		words := strings.Fields(st.SQL)
		if len(words) < 5 {
			return nil, fmt.Errorf("read views: %q is no view", part)
		}
		st.Name = words[4]
		out = append(out, st)
	}
	return out, nil
}
