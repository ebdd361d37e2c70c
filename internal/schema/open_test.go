package schema

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/power100/tpe/internal/tpe"
)

func folder(files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func TestDefault(t *testing.T) {
	s := openDefault(t)
	var names []string
	for _, info := range s.Types() {
		names = append(names, info.Name)
		if info.Title == "" || !strings.HasPrefix(info.Description, "Written ") || !strings.HasSuffix(info.Description, ".") {
			t.Errorf("%s does not say when it is written: %q", info.Name, info.Description)
		}
	}
	if !slices.Equal(names, tpe.Types()) {
		t.Error(names)
	}
	all := examples(t, s)
	if len(all) != 2*(len(names)+1) {
		t.Errorf("%d examples for %d schemas, want two each", len(all), len(names)+1)
	}
	for _, e := range all {
		if found := s.Check(parse(t, e), Check{Strict: true}); found != nil {
			t.Errorf("%s\n%v", e, lines(found))
		}
	}
	for _, info := range s.Types() {
		for _, e := range s.examplesOf(t, info.Name) {
			if name, _ := s.TypeOf(parse(t, e)); name != info.Name {
				t.Errorf("an example of %s has the type %s", info.Name, name)
			}
		}
	}
	if s.Base().Name != "interaction" {
		t.Error(s.Base().Name)
	}
}

// TestCallIsValid holds the record that the middleware writes against the
// contract, with as little in it as can be.
func TestCallIsValid(t *testing.T) {
	s := openDefault(t)
	call := tpe.Call{ID: tpe.NewID(), UserID: tpe.Anonymous, UserType: tpe.UserUnknown, Method: "GET", Path: "", Status: 404}
	if found := s.Check(parse(t, call.AppendJSON(nil)), Check{Strict: true}); found != nil {
		t.Error(lines(found))
	}
}

func TestOpen(t *testing.T) {
	s, err := Open(folder(map[string]string{
		"interaction.schema.json": `{"$id":"https://x.example/interaction.schema.json","required":["interaction_type"],"$defs":{"n":{"type":"number"}}}`,
		"zebra.schema.json":       `{"$id":"https://x.example/zebra.schema.json","properties":{"n":{"$ref":"interaction.schema.json#/$defs/n"}}}`,
		"ant.schema.json":         "\ufeff" + `{"title":"Ant"}`,
		"feedback.schema.json":    `true`,
		"README.md":               "no schema",
	}))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, info := range s.Types() {
		names = append(names, info.Name)
	}
	if !slices.Equal(names, []string{"feedback", "ant", "zebra"}) {
		t.Error(names)
	}
	if got := lines(s.Check(parse(t, []byte(`{"interaction_type":"zebra","n":"x"}`)), Check{Strict: true})); !slices.Equal(got, []string{`/n @32 type: must be a number, not a string`}) {
		t.Error(got)
	}
	if found := s.Check(parse(t, []byte(`{"interaction_type":"zebra","n":1}`)), Check{Strict: true}); found != nil {
		t.Error(lines(found))
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct {
		files map[string]string
		code  tpe.Code
		say   string
	}{
		{nil, tpe.NotFound, "no schema found"},
		{map[string]string{"a.schema.json": `{}`, "b.schema.json": `{}`}, tpe.Misuse, "no interaction.schema.json"},
		{map[string]string{"a.schema.json": `{`}, tpe.Misuse, "a.schema.json is not a valid JSON Schema: "},
		{map[string]string{"a.schema.json": ``}, tpe.Misuse, "a.schema.json is not a valid JSON Schema: "},
		{map[string]string{"a.schema.json": `{"type":"text"}`}, tpe.Misuse, "a.schema.json is not a valid JSON Schema: "},
		{map[string]string{"a.schema.json": `{"title":3}`}, tpe.Misuse, "a.schema.json is not a valid JSON Schema: "},
		{map[string]string{"a.schema.json": `{"pattern":"("}`}, tpe.Misuse, "a.schema.json is not a valid JSON Schema: "},
		{map[string]string{"a.schema.json": `{"$ref":"https://elsewhere.example/x.json"}`}, tpe.Misuse, "nothing is fetched"},
		{map[string]string{"a.schema.json": `{"$ref":"file:///etc/passwd"}`}, tpe.Misuse, "nothing is fetched"},
		{map[string]string{"interaction.schema.json": `{"$id":"https://x.example/a"}`, "b.schema.json": `{"$id":"https://x.example/a"}`}, tpe.Misuse, "is not a valid JSON Schema: "},
	} {
		_, err := Open(folder(c.files))
		if tpe.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%v: %v", c.files, err)
		}
	}
	if _, err := Open(os.DirFS("testdata/no-such-folder")); tpe.CodeOf(err) != tpe.NotFound {
		t.Error(err)
	}
}
