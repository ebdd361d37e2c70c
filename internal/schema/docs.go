package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/tape"
)

// Markdown writes one page about the contract: the fields of every record,
// then each type with the time when it is written, its own fields and an
// example. The same contract makes the same page.
func (s *Set) Markdown(w io.Writer) error {
	base, err := readOutline(s.about)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("# Tracked events\n\n")
	b.WriteString("Made from the schema files by `tpe schema docs`. Do not edit.\n\n")
	if len(s.infos) > 0 {
		b.WriteString("| type | written |\n|---|---|\n")
		for _, info := range s.infos {
			fmt.Fprintf(&b, "| [`%s`](#%s) | %s |\n", info.Name, info.Name, cell(firstSentence(info.Description)))
		}
		b.WriteString("\n")
	}
	b.WriteString("## Every record\n\n" + s.about.Description + "\n\n" +
		"A field is required whenever the object around it is there. A dot stands between an object and its field, [] after an array of objects.\n\n")
	writeFields(&b, base, nil)
	for _, info := range s.infos {
		o, err := readOutline(info)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "\n## %s\n\n**%s.** %s\n\n", info.Name, info.Title, info.Description)
		if writeFields(&b, o, base) == 0 {
			b.WriteString("No fields of its own.\n")
		}
		if len(o.examples) > 0 {
			fmt.Fprintf(&b, "\n```json\n%s\n```\n", o.examples[0])
		}
	}
	_, err = w.Write(b.Bytes())
	return err
}

// writeFields writes the table of the fields and returns how many there are.
// What the schema of a type only requires, and the base describes, is taken
// from the base.
func writeFields(b *bytes.Buffer, o, base *outline) int {
	var rows []fieldDoc
	for _, f := range o.fields {
		if f.path == typeField && base != nil {
			continue
		}
		if base != nil {
			f = f.completed(base.find(f.path))
		}
		rows = append(rows, f)
	}
	if len(rows) == 0 {
		return 0
	}
	b.WriteString("| field | kind | required | rule | meaning |\n|---|---|---|---|---|\n")
	for _, f := range rows {
		if f.kind == "" {
			f.kind = "any"
		}
		required := ""
		if f.required {
			required = "yes"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", f.path, f.kind, required, cell(strings.Join(f.rules, ", ")), cell(f.meaning))
	}
	return len(rows)
}

// cell makes text fit for a cell of a table.
func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "|", `\|`), "\n", " ")
}

func firstSentence(text string) string {
	if i := strings.Index(text, ". "); i >= 0 {
		return text[:i+1]
	}
	return text
}

// outline is what a page says about one schema, in the order of the file.
type outline struct {
	fields   []fieldDoc
	examples []string
}

// fieldDoc is one row of a table. The path has a dot between names, and []
// after the name of an array whose elements are meant.
type fieldDoc struct {
	path, kind, meaning string
	required            bool
	rules               []string
}

func (o *outline) find(path string) *fieldDoc {
	if i := slices.IndexFunc(o.fields, func(f fieldDoc) bool { return f.path == path }); i >= 0 {
		return &o.fields[i]
	}
	return nil
}

// completed returns the field with what the base says and the type does not.
func (f fieldDoc) completed(base *fieldDoc) fieldDoc {
	if base == nil {
		return f
	}
	if f.kind == "" {
		f.kind = base.kind
	}
	if f.meaning == "" {
		f.meaning = base.meaning
	}
	if len(f.rules) == 0 {
		f.rules = base.rules
	}
	return f
}

// readOutline reads the properties, required lists and examples of a schema
// file. It follows properties and items, not $ref.
func readOutline(info TypeInfo) (*outline, error) {
	var t tape.Tape
	if err := t.Parse(info.JSON); err != nil {
		return nil, fmt.Errorf("read schema of %s: %w", info.Name, err)
	}
	o := &outline{}
	o.properties(&t, 0, "")
	if n, ok := t.Get(0, "examples"); ok {
		for m := range t.Elements(n) {
			var b bytes.Buffer
			if err := json.Indent(&b, t.Raw(m), "", "  "); err != nil {
				return nil, fmt.Errorf("read example of %s: %w", info.Name, err)
			}
			o.examples = append(o.examples, b.String())
		}
	}
	return o, nil
}

// properties adds the members of the object that schema n describes.
func (o *outline) properties(t *tape.Tape, n int, prefix string) {
	required := map[string]bool{}
	var order []string
	if list, ok := t.Get(n, "required"); ok {
		for m := range t.Elements(list) {
			required[t.Text(m)] = true
			order = append(order, t.Text(m))
		}
	}
	if props, ok := t.Get(n, "properties"); ok {
		for name, value := range t.Members(props) {
			key := t.Text(name)
			f := fieldDoc{path: prefix + key, required: required[key]}
			f.read(t, value)
			delete(required, key)
			o.fields = append(o.fields, f)
			o.inside(t, value, f.path)
		}
	}
	for _, name := range order {
		if required[name] {
			o.fields = append(o.fields, fieldDoc{path: prefix + name, required: true})
		}
	}
}

// inside adds the members of the object, or of the array's elements, that
// schema n describes.
func (o *outline) inside(t *tape.Tape, n int, path string) {
	o.properties(t, n, path+".")
	if items, ok := t.Get(n, "items"); ok {
		o.inside(t, items, path+"[]")
	}
}

// read takes kind, rules and meaning from schema n.
func (f *fieldDoc) read(t *tape.Tape, n int) {
	for name, value := range t.Members(n) {
		text := t.Text(value)
		switch t.Text(name) {
		case "type":
			f.kind = strings.Join(words(t, value), " or ")
		case "description":
			f.meaning = text
		case "format":
			f.rules = append(f.rules, text)
		case "enum":
			f.rules = append(f.rules, code(words(t, value)))
		case "const":
			f.rules = append(f.rules, code([]string{text}))
		case "pattern":
			f.rules = append(f.rules, "`"+text+"`")
		case "minLength":
			f.rules = append(f.rules, atLeast(text, "character"))
		case "maxLength":
			f.rules = append(f.rules, "at most "+text+" characters")
		case "minItems":
			f.rules = append(f.rules, atLeast(text, "element"))
		case "minProperties":
			f.rules = append(f.rules, atLeast(text, "field"))
		case "minimum":
			f.rules = append(f.rules, "≥ "+text)
		case "maximum":
			f.rules = append(f.rules, "≤ "+text)
		case "items", "additionalProperties":
			if kind := words(t, orSelf(t, value, "type")); len(kind) > 0 {
				f.kind += " of " + strings.Join(kind, " or ")
			}
		}
	}
	if f.kind == "" && slices.ContainsFunc(f.rules, func(r string) bool { return strings.HasPrefix(r, "`") }) {
		f.kind = "string"
	}
}

// orSelf returns member name of node n, or n when it has none.
func orSelf(t *tape.Tape, n int, name string) int {
	if v, ok := t.Get(n, name); ok {
		return v
	}
	return n
}

// words returns a string, or the strings of an array; nothing for the rest.
func words(t *tape.Tape, n int) []string {
	switch t.Kind(n) {
	case tape.KindString:
		return []string{t.Text(n)}
	case tape.KindArray:
		var list []string
		for m := range t.Elements(n) {
			list = append(list, t.Text(m))
		}
		return list
	default:
		return nil
	}
}

func code(list []string) string { return "`" + strings.Join(list, "`, `") + "`" }

func atLeast(n, unit string) string {
	if n == "1" {
		return "not empty"
	}
	return "at least " + n + " " + unit + "s"
}
