package redact

import "bytes"

// value is the span of a value in a text, without its quotes.
type value struct {
	start, end int
	quoted     bool
	list       bool // a list or an object, brackets included
	cut        bool // end is not the end, but far enough to decide
}

// maxCode is more than the length of any code: nobody reads on to decide.
const maxCode = 256

// valueAt reads the value that begins at v and belongs to name n of class c.
func valueAt(s []byte, v int, n name, c *class) (value, bool) {
	if v >= len(s) {
		return value{}, false
	}
	for _, q := range entities() {
		if bytes.HasPrefix(s[v:], []byte(q)) {
			return value{start: v + len(q), end: indexFrom(s, v+len(q), q), quoted: true}, true
		}
	}
	b := v
	for at(s, b) == '\\' {
		b++
	}
	switch q := at(s, b); {
	case isQuote(q):
		if q == '\'' { // an apostrophe closes on its line
			s = s[:indexFrom(s, b, "\n")]
		}
		if end, ok := closingQuote(s, b+1, q, b-v); ok {
			return value{start: b + 1, end: end, quoted: true}, true
		}
	case (q == '{' || q == '[') && !hasMark(s[b:]):
		if c.mode == denyAll || c.mode == denyOwn && q == '[' || c.mode == denyText && q == '[' {
			end := listEnd(s, b)
			if len(bytes.Trim(s[b:end], "[]{} \t\r\n")) > 0 {
				return value{start: b, end: end, list: true}, true
			}
		}
		return value{}, false
	}
	if c.line && n.quote == 0 && n.how != asQuery {
		if hasMark(s[v:]) {
			return value{start: v, end: v + len(Mark)}, true
		}
		return value{start: v, end: lineEnd(s, v, at(s, n.start-1))}, true
	}
	if c.mode == judgeCode && len(s)-v > maxCode {
		return value{start: v, end: valueEnd(s[:v+maxCode], v, n.how == asQuery), cut: true}, true
	}
	return value{start: v, end: valueEnd(s, v, n.how == asQuery)}, true
}

// skipBlank returns the place of the value after a separator. After a colon
// it may be on the next line.
func skipBlank(s []byte, v int, colon bool) (int, bool) {
	newLine := false
	for i := v; i < len(s) && i-v < 16; i++ {
		switch c := s[i]; {
		case c == ' ' || c == '\t':
		case colon && (c == '\r' || c == '\n'):
			newLine = true
		default:
			return i, newLine
		}
	}
	return v, newLine
}

// skipMarkup skips the end of what makes a name bold: "**Password:** x" and
// "<b>Password:</b> x".
func skipMarkup(s []byte, v int) int {
	i := v
	if at(s, i) == '*' && at(s, i+1) == '*' && at(s, i+2) == ' ' {
		i += 2
	}
	for at(s, i) == '<' && at(s, i+1) == '/' {
		end := bytes.IndexByte(s[i:min(len(s), i+32)], '>')
		if end < 0 {
			break
		}
		i += end + 1
	}
	if i == v {
		return v
	}
	i, _ = skipBlank(s, i, false)
	return i
}

// closingQuote returns the end of a quoted value whose opening quote q has
// slashes backslashes before it: 0 in plain JSON, 1 in JSON in a string, 3 in
// JSON in a string in a string. A value without an end goes on to the end of
// the text, unless its quote may be an apostrophe.
func closingQuote(s []byte, p int, q byte, slashes int) (int, bool) {
	for i := p; i < len(s); i++ {
		if s[i] != q {
			continue
		}
		run := 0
		for i-run > p && s[i-run-1] == '\\' {
			run++
		}
		// Each backslash of the value itself is spelt with slashes+1.
		if run <= slashes || (run-slashes)%(slashes+1) == 0 && (run-slashes)/(slashes+1)%2 == 0 {
			return i - min(run, slashes), true
		}
	}
	return len(s), q != '\''
}

// listEnd returns the end of the list or object that begins at p, the end of
// the text if it is torn.
func listEnd(s []byte, p int) int {
	depth, inString := 0, false
	for i := p; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' && !escapedOnce(s, i):
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// escapedOnce reports whether the quote at i is escaped in plain JSON. In
// JSON in a string all quotes are, and then brackets alone count.
func escapedOnce(s []byte, i int) bool {
	run := 0
	for i-run > 0 && s[i-run-1] == '\\' {
		run++
	}
	return run%2 == 1
}

// valueEnd returns the end of a value without quotes. It ends at white space,
// in a query string at an ampersand, and at punctuation if the text goes on
// as if the value were over; a password may hold punctuation too.
func valueEnd(s []byte, p int, query bool) int {
	i := p
	if hasMark(s[p:]) {
		i += len(Mark)
	}
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c <= ' ' || c == '<':
			return i
		case c == '&':
			if query || over(s, i+1) {
				return i
			}
		case c == '\\':
			k := i
			for at(s, k) == '\\' {
				k++
			}
			if isQuote(at(s, k)) {
				return i
			}
			i = k - 1
		case isQuote(c):
			if !isAlnum(at(s, i+1)) {
				return i
			}
		case c == ',' || c == ';' || c == ')' || c == ']' || c == '}' || c == '|' || c == '#' || c == '>':
			if over(s, i+1) {
				return i
			}
		}
	}
	return i
}

// over reports whether at p a text ends, closes or begins another assignment.
func over(s []byte, p int) bool {
	for isBracket(at(s, p)) {
		p++
	}
	if c := at(s, p); c == 0 || isBlank(c) || isQuote(c) || c == '\\' || c == ',' || c == ';' || c == '<' {
		return true
	}
	const far = 64
	i := p
	for i < len(s) && i-p < far && isNameByte(s[i]) {
		i++
	}
	return i > p && (at(s, i) == '=' || at(s, i) == ':')
}

func isBracket(c byte) bool { return c == ')' || c == ']' || c == '}' }

// lineEnd returns the end of a value that takes the rest of its line: a
// header, a phrase. open is what stands before the name; a quote there ends
// the value too.
func lineEnd(s []byte, p int, open byte) int {
	i := p
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n' || c == '\r':
			return trimEnd(s, p, i)
		case isQuote(c) && c == open:
			return trimSlashes(s, p, i)
		case c == '"' && !isQuote(open) && over(s, i+1):
			return trimSlashes(s, p, i)
		case c == '\\' && (at(s, i+1) == 'r' || at(s, i+1) == 'n'):
			return trimSlashes(s, p, i)
		}
	}
	return trimEnd(s, p, i)
}

func trimEnd(s []byte, p, i int) int {
	for i > p && isBlank(s[i-1]) {
		i--
	}
	return i
}

func trimSlashes(s []byte, p, i int) int {
	for i > p && s[i-1] == '\\' {
		i--
	}
	return i
}
