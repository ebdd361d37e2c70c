package migrate_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/power100/tpe/internal/migrate"
)

func TestParseMapping(t *testing.T) {
	for _, bad := range []string{``, `[]`, `{"type": {}}`, `{"types": {"a.b": "money"}}`, `{"tables": "a"}`, `{} {}`, `{"using": {"a.b": " "}}`, `{"types": {"a.b": "numeric(2,3)"}}`} {
		if m, err := migrate.ParseMapping([]byte(bad)); err == nil {
			t.Errorf("%s was read as %+v", bad, m)
		}
	}
}

// What is read can be written, and is read back the same.
func FuzzMapping(f *testing.F) {
	f.Add([]byte(`{"types": {"t.code": "bigint", "*.made": "timestamptz"}, "using": {"t.name": "upper(name)"}, "tables": ["t"]}`))
	f.Add([]byte(`{"types": {"t.c": "numeric(10,2)"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := migrate.ParseMapping(b)
		if err != nil {
			return
		}
		text, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := migrate.ParseMapping(text); err != nil || !reflect.DeepEqual(m, again) {
			t.Errorf("%s is %+v, and %s is %+v, %v", b, m, text, again, err)
		}
	})
}
