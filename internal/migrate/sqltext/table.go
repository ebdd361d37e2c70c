package sqltext

import (
	"fmt"
	"strings"
)

// Table is what the text of CREATE TABLE says and no pragma tells.
type Table struct {
	Autoincrement bool
	Checks        []Check
	Columns       []Column
	Foreign       []Foreign
}

// Check is a CHECK constraint.
type Check struct {
	Name string // may be empty
	Expr string // as written
}

// Column is a column's text. Collation is "" for BINARY; Generated is the
// expression of a generated column.
type Column struct {
	Name, Collation, Generated string
}

// Foreign is a foreign key as written. Columns names the referencing columns.
type Foreign struct {
	Name     string // may be empty
	Columns  []string
	Deferred bool // DEFERRABLE INITIALLY DEFERRED
}

// ParseTable reads the text of a CREATE TABLE statement.
func ParseTable(sql string) (Table, error) {
	var t Table
	tokens, err := Scan(sql)
	if err != nil {
		return t, fmt.Errorf("read CREATE TABLE: %w", err)
	}
	open := 0
	for tokens[open].Kind != End && !tokens[open].Is("(") {
		open++
	}
	if tokens[open].Kind == End {
		return t, fmt.Errorf("read CREATE TABLE: it has no list of columns")
	}
	depth := 0
	first := open + 1
	for i := open; i < len(tokens); i++ {
		switch tok := tokens[i]; {
		case tok.Is("("):
			depth++
		case tok.Is(")"):
			depth--
		}
		if depth == 0 || depth == 1 && tokens[i].Is(",") {
			if i > first {
				t.definition(sql, tokens[first:i])
			}
			first = i + 1
		}
		if depth == 0 {
			break
		}
	}
	return t, nil
}

// definition reads one column or one constraint of the table.
func (t *Table) definition(sql string, def []Token) {
	constraint := def[0].Kind == Word && def[0].Is("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")
	var col *Column
	if !constraint {
		t.Columns = append(t.Columns, Column{Name: def[0].Text})
		col = &t.Columns[len(t.Columns)-1]
		def = def[1:]
	}
	name := ""
	var foreign *Foreign
	for i := 0; i < len(def); i++ {
		tok := def[i]
		switch {
		case tok.Is("("):
			i = closing(def, i)
		case tok.Is("CONSTRAINT") && i+1 < len(def):
			i++
			name = def[i].Text
		case tok.Is("CHECK") && i+1 < len(def) && def[i+1].Is("("):
			last := closing(def, i+1)
			t.Checks = append(t.Checks, Check{Name: name, Expr: between(sql, def, i+1, last)})
			name, i = "", last
		case tok.Is("AUTOINCREMENT"):
			t.Autoincrement = true
		case tok.Is("COLLATE") && i+1 < len(def) && col != nil:
			i++
			if !strings.EqualFold(def[i].Text, "BINARY") {
				col.Collation = strings.ToUpper(def[i].Text)
			}
		case tok.Is("AS") && i+1 < len(def) && def[i+1].Is("(") && col != nil:
			last := closing(def, i+1)
			col.Generated = between(sql, def, i+1, last)
			i = last
		case tok.Is("FOREIGN") && i+2 < len(def) && def[i+2].Is("("):
			last := closing(def, i+2)
			t.Foreign = append(t.Foreign, Foreign{Name: name, Columns: names(def[i+3 : last])})
			name = ""
			foreign, i = &t.Foreign[len(t.Foreign)-1], last
		case tok.Is("REFERENCES") && col != nil:
			t.Foreign = append(t.Foreign, Foreign{Name: name, Columns: []string{col.Name}})
			name = ""
			foreign = &t.Foreign[len(t.Foreign)-1]
		case tok.Is("INITIALLY") && i+1 < len(def) && foreign != nil:
			foreign.Deferred = def[i+1].Is("DEFERRED")
		}
	}
}

// closing returns the place of the bracket that closes the one at i.
func closing(def []Token, i int) int {
	depth := 0
	for ; i < len(def); i++ {
		switch {
		case def[i].Is("("):
			depth++
		case def[i].Is(")"):
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(def) - 1
}

// between returns the text between the brackets at first and last.
func between(sql string, def []Token, first, last int) string {
	return strings.TrimSpace(sql[def[first].End:def[last].At])
}

func names(list []Token) []string {
	var out []string
	for _, t := range list {
		if t.Named() {
			out = append(out, t.Text)
		}
	}
	return out
}

// IndexWhere returns the condition of a partial index, "" for none.
func IndexWhere(sql string) string {
	tokens, err := Scan(sql)
	if err != nil {
		return ""
	}
	depth := 0
	for _, t := range tokens {
		switch {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case depth == 0 && t.Is("WHERE"):
			return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(sql[t.End:]), ";"))
		}
	}
	return ""
}

// IndexParts returns the text of each part of an index, in order.
func IndexParts(sql string) []string {
	tokens, err := Scan(sql)
	if err != nil {
		return nil
	}
	open := 0
	for tokens[open].Kind != End && !tokens[open].Is("(") {
		open++
	}
	if tokens[open].Kind == End {
		return nil
	}
	last := closing(tokens, open)
	var parts []string
	depth, from := 0, tokens[open].End
	for i := open + 1; i <= last; i++ {
		switch t := tokens[i]; {
		case t.Is("("):
			depth++
		case i == last || depth == 0 && t.Is(","):
			parts = append(parts, indexPart(sql[from:t.At]))
			from = t.End
		case t.Is(")"):
			depth--
		}
	}
	return parts
}

// indexPart takes COLLATE, ASC and DESC off the end of a part.
func indexPart(part string) string {
	tokens, err := Scan(part)
	if err != nil {
		return strings.TrimSpace(part)
	}
	depth := 0
	for i, t := range tokens {
		switch {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case depth == 0 && i > 0 && t.Is("COLLATE", "ASC", "DESC"):
			return strings.TrimSpace(part[:t.At])
		}
	}
	return strings.TrimSpace(part)
}
