package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// table writes the rows of an export, as JSON or as CSV. It takes rows of the
// database as they would be answered, so that both say the same.
type table struct {
	w       io.Writer
	asCSV   bool
	columns []string // to write, in order; nil: those of the first row
	titles  bool     // write Company Name instead of company_name
	parsed  []string // columns of JSON text that JSON shows as values
	rows    int
}

// add writes a row.
func (t *table) add(row any) error {
	b, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("encode a row: %w", err)
	}
	fields, err := membersOf(b)
	if err != nil {
		return err
	}
	if t.columns == nil {
		for _, f := range fields {
			t.columns = append(t.columns, f.name)
		}
	}
	chosen := make([]member, 0, len(t.columns))
	for _, name := range t.columns {
		if i := slices.IndexFunc(fields, func(f member) bool { return f.name == name }); i >= 0 {
			chosen = append(chosen, fields[i])
		}
	}
	var out []byte
	if t.asCSV {
		out = t.line(chosen)
	} else {
		if t.rows > 0 {
			out = append(out, ',')
		}
		out = append(out, t.object(chosen)...)
	}
	t.rows++
	_, err = t.w.Write(out)
	return err
}

// line writes a row of CSV, the first one below a header.
func (t *table) line(fields []member) []byte {
	var b bytes.Buffer
	if t.rows == 0 {
		for i, f := range fields {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(t.title(f.name))
		}
		b.WriteByte('\n')
	}
	for i, f := range fields {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		b.WriteString(strings.ReplaceAll(t.cell(f), `"`, `""`))
		b.WriteByte('"')
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// title writes a column's name: company_name is Company Name.
func (t *table) title(name string) string {
	if !t.titles {
		return name
	}
	words := strings.Split(name, "_")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

// cell writes a value as people read it.
func (t *table) cell(f member) string {
	if f.name == "is_active" && t.titles {
		return map[string]string{"1": "Active", "0": "Inactive"}[string(f.value)]
	}
	var text string
	var list []any
	switch {
	case string(f.value) == "null":
		return ""
	case f.value[0] == '[' && json.Unmarshal(f.value, &list) == nil:
		return join(list)
	case f.value[0] != '"' || json.Unmarshal(f.value, &text) != nil:
		return string(f.value)
	}
	if t.titles && strings.HasSuffix(f.name, "_at") && len(text) >= 10 {
		return text[:10]
	}
	if t.titles && strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &list) == nil {
		text = join(list)
	}
	return guarded(text)
}

// guarded keeps a spreadsheet from taking a text for a formula (OWASP, "CSV
// Injection"). A number, of a telephone or another, stays what it is.
func guarded(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) && !isNumber(text) {
		return "'" + text
	}
	return text
}

// isNumber reports whether a sign is followed by digits and by what stands
// between those of a telephone number.
func isNumber(text string) bool {
	rest := strings.Trim(text[1:], "0123456789 ().-")
	return (text[0] == '+' || text[0] == '-') && rest == "" && strings.ContainsAny(text, "0123456789")
}

func join(list []any) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, "; ")
}

// member is one member of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// membersOf reads the members of a JSON object in their order.
func membersOf(b []byte) ([]member, error) {
	d := jsontext.NewDecoder(bytes.NewReader(b))
	if _, err := d.ReadToken(); err != nil {
		return nil, fmt.Errorf("read a row: %w", err)
	}
	var list []member
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, fmt.Errorf("read a row: %w", err)
		}
		m := member{name: name.String()}
		value, err := d.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("read a row: %w", err)
		}
		m.value = json.RawMessage(value.Clone())
		list = append(list, m)
	}
	return list, nil
}

// object writes a row of JSON.
func (t *table) object(list []member) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(m.name) // a text always marshals
		b.Write(name)
		b.WriteByte(':')
		b.Write(t.value(m))
	}
	b.WriteByte('}')
	return b.Bytes()
}

// value returns a value; of a column of JSON text what the text says, where
// it is JSON.
func (t *table) value(m member) json.RawMessage {
	var text string
	if slices.Contains(t.parsed, m.name) && json.Unmarshal(m.value, &text) == nil && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return m.value
}
