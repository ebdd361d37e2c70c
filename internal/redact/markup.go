package redact

import "bytes"

// findTag looks at the '>' at p: <password>value</password>.
func (w *state) findTag(s []byte, p, lo int) (hit, bool) {
	open := p
	for open > lo && p-open < maxName && s[open-1] != '<' {
		open--
	}
	if open == lo && at(s, open-1) != '<' || open == p || s[p-1] == '/' {
		return hit{}, false
	}
	tag := s[open:p]
	if c := tag[0]; c == '/' || c == '!' || c == '?' {
		return hit{}, false
	}
	var rest []byte
	if i := bytes.IndexAny(tag, " \t\r\n"); i >= 0 {
		tag, rest = tag[:i], tag[i:]
	}
	c := w.g.class(tag)
	if c.mode == allow {
		return w.findNamed(s, p, tag, rest)
	}
	if c.mode == judgeCode {
		s = s[:min(len(s), p+maxCode)]
	}
	start, until := p+1, "<"
	if cdata := "<![CDATA["; bytes.HasPrefix(s[start:], []byte(cdata)) {
		start, until = start+len(cdata), "]]>"
	}
	end := indexFrom(s, start, until)
	for start < end && isBlank(s[start]) {
		start++
	}
	end = trimEnd(s, start, end)
	text := s[start:end]
	switch {
	case len(text) == 0 || isMark(text) || isLiteral(text):
		return hit{}, false
	case c.mode == denyText && isCount(text), c.spares(text, false):
		return hit{}, false
	}
	return hit{start: start, end: end, rule: c.rule}, true
}

// findNamed looks at what a tag that ends at p names: <f n="password">value</f>,
// and in property lists and calls <name>password</name><value>value</value>.
// Of the parts of a form the content is no value.
func (w *state) findNamed(s []byte, p int, tag, attributes []byte) (hit, bool) {
	switch string(tag) {
	case "input", "form", "button", "select", "a", "meta", "map", "object", "iframe", "label":
		return hit{}, false
	}
	start := p + 1
	named := w.attribute(attributes)
	if named.mode < denyText && w.g.class(tag).role&holdsKey != 0 {
		start = min(indexFrom(s[:min(len(s), p+maxName)], p, "<"), len(s))
		if named = w.g.class(bytes.TrimSpace(s[p+1 : start])); named.mode >= denyText && at(s, start+1) != '/' {
			return hit{}, false
		}
	}
	if named.mode < denyText {
		return hit{}, false
	}
	const most = 4 // tags between the name and the value
	for range most {
		for start < len(s) && isBlank(s[start]) {
			start++
		}
		if at(s, start) != '<' || bytes.HasPrefix(s[start:], []byte("<![CDATA[")) {
			break
		}
		start = min(indexFrom(s[:min(len(s), start+maxName)], start, ">")+1, len(s))
	}
	until := "<"
	if cdata := "<![CDATA["; bytes.HasPrefix(s[start:], []byte(cdata)) {
		start, until = start+len(cdata), "]]>"
	}
	end := trimEnd(s, start, indexFrom(s, start, until))
	if text := s[start:end]; len(text) == 0 || isMark(text) || isLiteral(text) || named.mode == denyText && isCount(text) {
		return hit{}, false
	}
	return hit{start: start, end: end, rule: named.rule}, true
}

// attribute returns the class of what an attribute of a tag names.
func (w *state) attribute(tag []byte) *class {
	for _, name := range []string{"name=", "n=", "key=", "k=", "field="} {
		i := bytes.Index(tag, []byte(name))
		if i < 1 || !isBlank(tag[i-1]) || !isQuote(at(tag, i+len(name))) {
			continue
		}
		start := i + len(name) + 1
		if end := bytes.IndexByte(tag[start:], tag[start-1]); end > 0 {
			return w.g.class(tag[start : start+end])
		}
	}
	return &w.g.plain
}

// findField looks at the '=' at p of name="password": the value of a field is
// in the same tag, or, in a multipart form, after an empty line.
func (w *state) findField(s []byte, p int) (hit, bool) {
	const far = 256
	q := at(s, p+1)
	if !isQuote(q) {
		return hit{}, false
	}
	end := bytes.IndexByte(s[p+2:], q)
	if end < 0 || end > maxName {
		return hit{}, false
	}
	end += p + 2
	c := w.g.class(s[p+2 : end])
	if c.mode == allow || c.mode == denyText || (c.mode == judgeCode || c.mode == judgeBank) && !isForm(s, p) {
		return hit{}, false
	}
	if isForm(s, p) {
		return formPart(s, end, c)
	}
	rest := s[end+1 : min(len(s), end+1+far)]
	if i := bytes.IndexAny(rest, ">\n"); i >= 0 {
		rest = rest[:i]
	}
	i := bytes.Index(rest, []byte("value="))
	if i < 0 {
		return hit{}, false
	}
	start := end + 1 + i + len("value=")
	if !isQuote(at(s, start)) {
		return hit{}, false
	}
	stop, ok := closingQuote(s, start+1, s[start], 0)
	if text := s[start+1 : stop]; !ok || len(text) == 0 || isMark(text) || c.mode == judgeLook && !looksLikeCode(text) {
		return hit{}, false
	}
	return hit{start: start + 1, end: stop, rule: c.rule}, true
}

// isForm reports whether the name at p belongs to a part of a multipart form.
func isForm(s []byte, p int) bool {
	return bytes.Contains(s[max(0, p-64):p], []byte("form-data"))
}

// formPart returns the content of the part of a multipart form whose header
// goes on at p: from the empty line to the next boundary.
func formPart(s []byte, p int, c *class) (hit, bool) {
	const longest = 512 // of the headers of a part
	head := s[:min(len(s), p+longest)]
	start := len(s)
	for _, gap := range []string{"\r\n\r\n", "\n\n"} {
		if i := indexFrom(head, p, gap); i < len(head) {
			start = min(start, i+len(gap))
		}
	}
	end := min(indexFrom(s, start, "\r\n--"), indexFrom(s, start, "\n--"))
	text := s[start:end]
	if len(text) == 0 || isMark(text) || c.spares(text, true) {
		return hit{}, false
	}
	return hit{start: start, end: end, rule: c.rule}, true
}

// indexFrom returns the place of sub in s from p on, len(s) if there is none.
func indexFrom(s []byte, p int, sub string) int {
	if i := bytes.Index(s[p:], []byte(sub)); i >= 0 {
		return p + i
	}
	return len(s)
}
