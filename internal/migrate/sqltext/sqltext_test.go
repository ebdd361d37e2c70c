package sqltext

import (
	"reflect"
	"testing"
)

func TestParseTable(t *testing.T) {
	got, err := ParseTable(`CREATE TABLE "t, (x" ( -- a comment, with (brackets
		[id] INTEGER PRIMARY KEY AUTOINCREMENT, /* , */ name TEXT COLLATE nocase DEFAULT ('a, b') CHECK (length(name) > 1),
		twice INT GENERATED ALWAYS AS (id * 2) VIRTUAL, p INT CONSTRAINT fk REFERENCES other(id) DEFERRABLE INITIALLY DEFERRED,
		CONSTRAINT positive CHECK (id > 0 AND name <> ')'), FOREIGN KEY (id, p) REFERENCES z ON DELETE CASCADE) STRICT`)
	want := Table{Autoincrement: true, Checks: []Check{{"", "length(name) > 1"}, {"positive", "id > 0 AND name <> ')'"}},
		Columns: []Column{{Name: "id"}, {Name: "name", Collation: "NOCASE"}, {Name: "twice", Generated: "id * 2"}, {Name: "p"}},
		Foreign: []Foreign{{Name: "fk", Columns: []string{"p"}, Deferred: true}, {Columns: []string{"id", "p"}}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}
}

func TestIndex(t *testing.T) {
	sql := `CREATE INDEX i ON t (a COLLATE NOCASE DESC, lower(b || ',') , "c d") WHERE x IN (1, 2) AND y;`
	if got := IndexParts(sql); !reflect.DeepEqual(got, []string{"a", "lower(b || ',')", `"c d"`}) {
		t.Errorf("%q", got)
	}
	if got := IndexWhere(sql); got != "x IN (1, 2) AND y" {
		t.Errorf("%q", got)
	}
}

// What cannot be read is an error, never a panic, and every token is a part
// of the text.
func FuzzParse(f *testing.F) {
	f.Add("CREATE TABLE t (a INT CHECK (a > 'x'), PRIMARY KEY (a)) -- c")
	f.Add("CREATE INDEX i ON t (a, b DESC) WHERE x'00' = [c]")
	f.Fuzz(func(t *testing.T, sql string) {
		tokens, err := Scan(sql)
		if err == nil {
			at := 0
			for _, tok := range tokens {
				if tok.At < at || tok.End < tok.At || tok.End > len(sql) {
					t.Fatalf("%q: %+v", sql, tok)
				}
				at = tok.End
			}
		}
		_, _ = ParseTable(sql)
		IndexParts(sql)
		IndexWhere(sql)
	})
}
