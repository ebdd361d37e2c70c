package redact

import (
	"bytes"
	"slices"
)

// table cleans the columns of a table in text, CSV or with another separator,
// that its first line names like a credential. A line of one name has one
// column: the words of the next lines stand under it.
func (w *state) table(s []byte) ([]byte, bool) {
	const longest = 1024 // of the first line
	nl := bytes.IndexByte(s[:min(len(s), longest)], '\n')
	if nl < 0 {
		return nil, false
	}
	head := bytes.TrimRight(s[:nl], "\r")
	sep := byte(0)
	for _, c := range []byte(",;\t|") {
		if bytes.IndexByte(head, c) >= 0 {
			sep = c
			break
		}
	}
	for rest, more := head, true; more; {
		var name []byte
		name, rest, more = bytes.Cut(rest, []byte{sep})
		if !isColumn(name) {
			return nil, false
		}
	}
	columns := make(map[int]*class)
	cells := cellsOf(head, 0, sep)
	for i, cell := range cells {
		name := head[cell.start:cell.end]
		if c := w.g.class(name); c.mode >= denyText && bytes.Count(name, []byte(" ")) < 2 {
			columns[i] = c
		}
	}
	if len(columns) == 0 {
		return nil, false
	}
	var out []byte
	done, changed := 0, false
	for p := nl + 1; p < len(s); {
		row := cellsOf(s, p, sep)
		last := row[len(row)-1].end
		for i, cell := range row {
			c, text := columns[i], s[cell.start:cell.end]
			if c == nil || len(row) != len(cells) || len(text) == 0 || isMark(text) || isLiteral(text) ||
				c.mode == denyText && isCount(text) || sep == 0 && (bytes.IndexByte(text, ' ') >= 0 || !hasSign(text)) {
				continue
			}
			out = append(append(out, s[done:cell.start]...), Mark...)
			done, changed = cell.end, true
			w.addRule(c.rule)
		}
		p = indexFrom(s, last, "\n") + 1
		if sep == 0 {
			break
		}
	}
	return append(out, s[done:]...), changed
}

// isColumn reports whether b may be the name of a column.
func isColumn(b []byte) bool {
	const longest = 48
	return len(b) > 0 && len(b) <= longest && bytes.Count(b, []byte(" ")) < 4 && !bytes.ContainsAny(b, ":=<>{}()/?!")
}

// hasSign reports whether b is more than letters: a single word under a name
// may be the next thing on a page.
func hasSign(b []byte) bool {
	return slices.ContainsFunc(b, func(c byte) bool { return !isLetter(c) })
}

// cell is the span of a value in a table, without its quotes and blanks.
type cell struct{ start, end int }

// cellsOf reads the line at p. A value in quotes may hold line breaks.
func cellsOf(s []byte, p int, sep byte) []cell {
	var out []cell
	for {
		start := p
		for at(s, start) == ' ' {
			start++
		}
		var end int
		if at(s, start) == '"' {
			start++
			for end = start; end < len(s) && (s[end] != '"' || at(s, end+1) == '"'); end++ {
				if s[end] == '"' {
					end++
				}
			}
			end = min(end, len(s))
			out = append(out, cell{start, end})
			p = end
			for p < len(s) && s[p] != '\n' && (sep == 0 || s[p] != sep) {
				p++
			}
		} else {
			p = start
			for p < len(s) && s[p] != '\n' && (sep == 0 || s[p] != sep) {
				p++
			}
			out = append(out, cell{start, trimEnd(s, start, p)})
		}
		if p >= len(s) || s[p] == '\n' {
			return out
		}
		p++
	}
}
