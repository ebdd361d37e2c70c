package upcast

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/schemas"
)

var update = flag.Bool("update", false, "write the golden file anew")

// samples are records that the old service really wrote, one of each shape
// that it had.
const samples = "../../testdata/interactions"

// lines returns the lines of a sample file.
func lines(t testing.TB, name string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(samples, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(b)), "\n")
}

// parse puts a record on a tape.
func parse(t testing.TB, record string) *tape.Tape {
	t.Helper()
	tp := new(tape.Tape)
	if err := tp.Parse([]byte(record)); err != nil {
		t.Fatalf("%v in %s", err, record)
	}
	return tp
}

// TestGolden upcasts the samples, marks their twins and compares the result
// with the golden file, which shows the reader what the rules do. Everything
// in it follows the contract.
func TestGolden(t *testing.T) {
	valid := contract(t)
	var twins Twins
	old := lines(t, "legacy.ndjson")
	for _, record := range old {
		twins.Add(parse(t, record))
	}
	pairs := twins.Pairs()
	var got bytes.Buffer
	for _, record := range old {
		tp := parse(t, record)
		if !Needed(tp) {
			t.Errorf("needs nothing: %s", record)
		}
		out, rules, err := Record(nil, tp)
		if err != nil || len(rules) == 0 {
			t.Errorf("%v, %d rules for %s", err, len(rules), record)
			continue
		}
		id, _ := idOf(tp)
		if first, ok := pairs[id]; ok {
			out = MarkDuplicate(nil, parse(t, string(out)), first.String())
		}
		if err := valid(out); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		again := parse(t, string(out))
		if Needed(again) {
			t.Errorf("needs to be upcast again: %s", out)
		}
		fmt.Fprintf(&got, "%s\n", out)
	}
	golden := filepath.Join(samples, "upcast.ndjson")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range lines(t, "upcast.ndjson") {
		line, _ := got.ReadString('\n')
		if strings.TrimSpace(line) != want {
			t.Errorf("line %d\n got %swant %s", i+1, line, want)
		}
	}
}

// contract returns a check of a record against the base schema and that of
// its type; a type without one is an error.
func contract(t testing.TB) func([]byte) error {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	entries, err := schemas.FS.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := schemas.FS.ReadFile(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(e.Name(), doc); err != nil {
			t.Fatal(err)
		}
	}
	types := make(map[string]*jsonschema.Schema)
	for _, e := range entries {
		types[strings.TrimSuffix(e.Name(), ".schema.json")] = c.MustCompile(e.Name())
	}
	return func(record []byte) error {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(record))
		if err != nil {
			return err
		}
		if err := types["interaction"].Validate(doc); err != nil {
			return err
		}
		kind, _ := doc.(map[string]any)["interaction_type"].(string)
		if types[kind] == nil {
			return fmt.Errorf("type %q has no schema", kind)
		}
		return types[kind].Validate(doc)
	}
}
