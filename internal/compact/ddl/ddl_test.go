package ddl

import (
	"strings"
	"testing"
)

// What is quoted stays one name or one text, whatever is in it.
func TestQuotes(t *testing.T) {
	for _, c := range []struct {
		engine     Engine
		name, text string
	}{
		{DuckDB, `"a""b"`, `'it''s\'`},
		{Trino, `"a""b"`, `'it''s\'`},
		{Athena, `"a""b"`, `'it''s\'`},
		{Spark, "`a\"b`", `'it\'s\\'`},
	} {
		if got := c.engine.Name(`a"b`); got != c.name {
			t.Errorf("%s: %s, want %s", c.engine, got, c.name)
		}
		if got := c.engine.Text(`it's\`); got != c.text {
			t.Errorf("%s: %s, want %s", c.engine, got, c.text)
		}
	}
}

// Every engine gets the table and the same views, and a text of SQL that has
// all of them.
func TestStatements(t *testing.T) {
	const names = "interactions records coach_daily conversion_funnel partner_performance api_traffic_daily"
	for _, e := range Engines() {
		s, err := Statements(Options{Engine: e, Location: "s3://bucket/it's", FirstYear: 2025, LastYear: 2027})
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := s.Text(&text); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, st := range s.Statements {
			if len(got) == 0 || got[len(got)-1] != st.Name {
				got = append(got, st.Name)
			}
			if st.About == "" || !strings.Contains(text.String(), st.SQL+";\n") {
				t.Errorf("%s: %+v", e, st)
			}
		}
		if strings.Join(got, " ") != names {
			t.Errorf("%s: %v", e, got)
		}
	}
}
