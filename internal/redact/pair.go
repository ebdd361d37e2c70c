package redact

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// findPair looks at the separator at p: what stands before it may be the name
// of a credential, and then what stands after it goes.
func (w *state) findPair(s []byte, p, lo int) (hit, bool) {
	sep, v := s[p], p+1
	if sep == "："[0] { // as Chinese and Japanese write it
		sep, v = ':', p+len("：")
	}
	switch sep {
	case '>':
		return w.findTag(s, p, lo)
	case ':':
		if at(s, p+1) == '/' && at(s, p+2) == '/' || isDigit(at(s, p-1)) && isDigit(at(s, p+1)) {
			return hit{}, false // a URL, a time
		}
	default:
		if c := at(s, p-1); c == ':' || c == '=' || c == '!' || c == '<' || c == '>' {
			return hit{}, false // := and == were looked at from their first byte
		}
	}
	n, ok := nameBefore(s, p, lo)
	if !ok {
		return hit{}, false
	}
	c := w.g.classAs(n.text, n.how)
	if n.quote == 0 && sep == ':' {
		c = w.classInProse(s, n, lo, c)
	}
	if c.mode == allow {
		switch {
		case n.how == asQuery:
			return w.findPlus(s, p+1)
		case sep == ':' && n.quote == 0 && at(s, n.start-1) == '/':
			return findLogin(s, p, n)
		case sep == '=' && string(n.text) == "name":
			return w.findField(s, p)
		}
		return hit{}, false
	}
	if sep == ':' && at(s, v) == '=' || sep == '=' && (at(s, v) == '>' || at(s, v) == '=') {
		v++
	}
	if sep == ':' {
		if h, ok := block(s, v, n, c); ok {
			return h, !isMark(s[h.start:h.end])
		}
	}
	v, newLine := skipBlank(s, v, sep == ':')
	v = skipMarkup(s, v)
	val, ok := valueAt(s, v, n, c)
	if !ok || newLine && !val.quoted && at(s, val.end-1) == ':' {
		return hit{}, false // the second is a name on the next line, as in YAML
	}
	if !w.mustGo(s, val, n, c, sep) {
		return hit{}, false
	}
	if val.cut {
		val.end = valueEnd(s, v, n.how == asQuery)
	}
	return hit{start: val.start, end: val.end, rule: c.rule}, true
}

// classInProse reads name n, whose class is c, together with the words before
// it: "API key:" is a credential, "work authorization:" is none.
func (w *state) classInProse(s []byte, n name, lo int, c *class) *class {
	phrase := phraseBefore(s, n, lo)
	if len(phrase) == len(n.text) {
		return c
	}
	inPhrase := w.g.classAs(phrase, asProse)
	if c.mode == allow || inPhrase.mode == allow && w.g.classAs(n.text, asProse).mode != allow {
		return inPhrase
	}
	return c
}

// mustGo decides about the value of a name whose class is c.
func (w *state) mustGo(s []byte, val value, n name, c *class, sep byte) bool {
	text := s[val.start:val.end]
	switch {
	case len(text) == 0 || isMark(text):
		return false
	case !val.quoted && isLiteral(text):
		return false
	case c.mode == judgeBank:
		const near = 256
		around := s[max(0, n.start-near):min(len(s), val.end+near)]
		return bytes.Contains(bytes.ToLower(around), []byte("routing"))
	case n.quote == 0 && sep == ':' && isHarmlessPass(n.text, text):
		return false
	case c.mode == denyText:
		if val.list {
			return bytes.ContainsFunc(text, unicode.IsLetter)
		}
		return !isCount(text)
	case c.mode == judgeLook:
		return looksLikeCode(text) && (n.quote != 0 || sep != ':')
	case c.mode == judgeCode:
		if n.quote == 0 {
			var low short
			if word := low.lower(wordBefore(s, n.start)); len(word) > 0 && (sep == ':' || w.g.text.harmlessCodes[string(word)]) {
				return false // "the code: ..." is findWord's, "error code=..." is no secret
			}
		}
		if n.how == asQuery {
			return secretCode(text, true)
		}
		c = w.g.codeIn(w.holder(s, n.start), c)
		return c.mode > judgeCode || c.mode == judgeCode && secretCode(text, c == &w.g.sent)
	case sep == ':' && n.quote == 0 && !val.quoted && !val.list && c.rule != "password" && c.rule != "passphrase":
		return !isSentence(s, val.start) && (c.mode != denySelf || !isStatement(s[val.start:lineEnd(s, val.start, 0)]))
	case c.mode == denySelf:
		return !isStatement(text)
	default:
		return true
	}
}

// isHarmlessPass reports whether a name and its value are those of a sentence
// about something else: "Pass: 12, fail: 3", "1Password: both are great".
func isHarmlessPass(name, text []byte) bool {
	const most = 3 // digits of a count
	return bytes.EqualFold(name, []byte("pass")) && len(text) <= most && digitsEnd(text, 0) == len(text) || string(name) == "1Password"
}

// block returns the lines of a block of YAML after the colon before p: those
// after "password: |", and the list after "passwords:".
func block(s []byte, p int, n name, c *class) (hit, bool) {
	if c.mode < denyText {
		return hit{}, false
	}
	first := p
	for at(s, first) == ' ' {
		first++
	}
	scalar := at(s, first) == '|' || at(s, first) == '>'
	if scalar {
		first++
		for isDigit(at(s, first)) || at(s, first) == '-' || at(s, first) == '+' {
			first++
		}
	}
	line := indexFrom(s, first, "\n")
	if line == len(s) || trimEnd(s, first, line) != first {
		return hit{}, false
	}
	indent := n.start - 1 - bytes.LastIndexByte(s[:n.start], '\n')
	start, end := 0, line
	for line < len(s) {
		from := line + 1
		for at(s, from) == ' ' {
			from++
		}
		next := indexFrom(s, from, "\n")
		stop := trimEnd(s, from, next)
		deep := from - line - 1
		dash := at(s, from) == '-' && at(s, from+1) == ' '
		switch {
		case stop == from: // an empty line
		case scalar && deep <= indent, !scalar && !(dash && deep >= indent) && (start == 0 || deep <= indent):
			line = len(s)
			continue
		default:
			if start == 0 {
				start = from
			}
			end = stop
		}
		line = next
	}
	return hit{start: start, end: end, rule: c.rule}, start > 0
}

// name is the name of an assignment in a text.
type name struct {
	text  []byte
	start int  // in the text, quote included
	quote byte // 0: none
	how   reading
}

// nameBefore reads the name that ends before the separator at p.
func nameBefore(s []byte, p, lo int) (name, bool) {
	k := p
	for k > lo && p-k < 4 && (s[k-1] == ' ' || s[k-1] == '\t' || s[k-1] == '*') {
		k--
	}
	if k == lo {
		return name{}, false
	}
	if n, ok := nameInEntities(s, k, lo); ok {
		return n, true
	}
	if q := s[k-1]; isQuote(q) {
		end := k - 1
		for end > lo && s[end-1] == '\\' {
			end--
		}
		slashes := k - 1 - end
		start := end
		for start > lo && end-start < maxName && s[start-1] != q && s[start-1] != '\n' {
			start--
		}
		if start == lo || s[start-1] != q || start == end {
			return name{}, false
		}
		return name{text: unescapeName(s[start:end]), start: start - 1 - slashes, quote: q}, true
	}
	start := k
	for start > lo && k-start < maxName && isNameByte(s[start-1]) {
		start--
	}
	n := name{text: s[start:k], start: start}
	if bytes.IndexByte(n.text, '%') >= 0 {
		for range maxNesting { // ?%2570assword=
			plain := unpercent(n.text)
			if len(plain) == len(n.text) {
				break
			}
			n.text = plain
		}
	}
	if c := at(s, start-1); s[p] == '=' && (c == 0 || c == '?' || c == '&' || c == '#' || c == ';') {
		n.how = asQuery
	}
	return n, n.how == asQuery || hasWord(n.text)
}

// entities are the quotes of JSON that was put into HTML.
func entities() [3]string { return [...]string{"&quot;", "&#34;", "&#39;"} }

// nameInEntities reads a name whose quotes are spelt &quot; and that ends at k.
func nameInEntities(s []byte, k, lo int) (name, bool) {
	if s[k-1] != ';' {
		return name{}, false
	}
	for _, q := range entities() {
		end := k - len(q)
		if end <= lo || string(s[end:k]) != q {
			continue
		}
		from := max(lo, end-maxName)
		if i := bytes.LastIndex(s[from:end], []byte(q)); i >= 0 {
			return name{text: s[from+i+len(q) : end], start: from + i, quote: '"'}, true
		}
	}
	return name{}, false
}

// phraseBefore returns the words of a sentence that end with the name:
// "Your API key" before the colon.
func phraseBefore(s []byte, n name, lo int) []byte {
	start := n.start
	for range 3 {
		i := start
		if i-1 <= lo || s[i-1] != ' ' {
			break
		}
		i--
		for i > lo && n.start-i < maxName/2 && (isLetter(s[i-1]) || s[i-1] == '-') {
			i--
		}
		if i == start-1 {
			break
		}
		start = i
	}
	return s[start : n.start+len(n.text)]
}

// holder returns the class of the name under which the object stands that
// encloses the name at p in a broken JSON text.
func (w *state) holder(s []byte, p int) *class {
	const far = 512
	depth := 0
	for i := p - 1; i >= 0 && p-i < far; i-- {
		switch s[i] {
		case '}', ']':
			depth++
		case '[', '{':
			if depth--; depth >= 0 {
				continue
			}
			k := i
			for k > 0 && (isBlank(s[k-1]) || s[k-1] == '"' || s[k-1] == '\\' || s[k-1] == '[') {
				k--
			}
			if at(s, k-1) == ':' {
				if n, ok := nameBefore(s, k-1, 0); ok {
					return w.g.class(n.text)
				}
			}
			return &w.g.plain
		}
	}
	return &w.g.plain
}

// wordBefore returns the word directly before p on the same line.
func wordBefore(s []byte, p int) []byte {
	end := p
	for end > 0 && p-end < 2 && (s[end-1] == ' ' || s[end-1] == '-' || s[end-1] == '_') {
		end--
	}
	if end == p {
		return nil
	}
	start := end
	for start > 0 && end-start < 24 && isLetter(s[start-1]) {
		start--
	}
	return s[start:end]
}

// short holds a word in lower case, without an allocation.
type short [24]byte

// lower returns b in lower case, b itself if it is longer than any word that
// is looked up.
func (w *short) lower(b []byte) []byte {
	if len(b) > len(w) {
		return b
	}
	for i, c := range b {
		w[i] = lower(c)
	}
	return w[:len(b)]
}

// unescapeName resolves the escapes that may hide the letters of a name in a
// JSON text: \u0070assword.
func unescapeName(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			out = append(out, b[i])
			continue
		}
		if i+5 < len(b) && b[i+1] == 'u' {
			if r, ok := hex(b[i+2 : i+6]); ok {
				out = utf8.AppendRune(out, rune(r))
				i += 5
			}
		}
	}
	return out
}

func hex(b []byte) (int, bool) {
	n := 0
	for _, c := range b {
		switch c = lower(c); {
		case isDigit(c):
			n = n<<4 | int(c-'0')
		case c-'a' < 6:
			n = n<<4 | int(c-'a'+10)
		default:
			return 0, false
		}
	}
	return n, true
}

// hasWord reports whether b ends in a word, digits and signs aside. The name
// of a credential does.
func hasWord(b []byte) bool {
	i := len(b)
	for i > 0 && !isLetter(b[i-1]) {
		i--
	}
	return i > 1 && isLetter(b[i-2])
}

// at returns byte i of s, 0 when there is none.
func at(s []byte, i int) byte {
	if i < 0 || i >= len(s) {
		return 0
	}
	return s[i]
}

func isDigit(c byte) bool  { return c-'0' <= 9 }
func isLetter(c byte) bool { return c|0x20-'a' < 26 || c >= 0x80 }
func isAlnum(c byte) bool  { return isDigit(c) || isLetter(c) }
func isQuote(c byte) bool  { return c == '"' || c == '\'' || c == '`' }
func isBlank(c byte) bool  { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func isNameByte(c byte) bool {
	switch c {
	case '_', '-', '.', '[', ']', '%', '+', '$':
		return true
	}
	return isAlnum(c)
}

// isLiteral reports whether b is a value that says nothing.
func isLiteral(b []byte) bool {
	var low short
	switch string(low.lower(b)) {
	case "true", "false", "yes", "no", "null", "nil", "none", "undefined":
		return true
	}
	return false
}

// isCount reports whether b is a number, as people write counts.
func isCount(b []byte) bool {
	digits := 0
	for _, c := range b {
		switch {
		case isDigit(c):
			digits++
		case c == '.' || c == ',' || c == ' ' || c == '~' || c == '-' || c == '+' || lower(c) == 'k' || lower(c) == 'm':
		default:
			return false
		}
	}
	return digits > 0 && digits <= 12 || len(b) == 0
}

// isStatement reports whether b is three words or more, without anything that
// words do not have: "Licensed, bonded and insured". Short numbers may stand
// between them: "GAF Master Elite, 20 years".
func isStatement(b []byte) bool {
	words := 0
	for i := 0; i < len(b); {
		n := wordLen(b[i:])
		digits := digitsEnd(b, i) - i
		switch {
		case n > 0:
			words++
			i += n
		case digits > 0 && digits <= 4 && !isLetter(at(b, i-1)) && !isLetter(at(b, i+digits)):
			i += digits
		case bytes.IndexByte([]byte(" ,.&'()-/?!"), b[i]) >= 0:
			i++
		default:
			return false
		}
	}
	return words > 2 && bytes.Count(b, []byte(" ")) > 1
}

// isSentence reports whether plain words begin at p: "the secret: work hard".
// The first word may be capitalised, the second may not.
func isSentence(s []byte, p int) bool {
	first := plainWord(s, p, true)
	if first == 0 || first > 12 || isAuthScheme(s[p:p+first]) {
		return false
	}
	p += first
	if at(s, p) == ',' {
		p++
	}
	return at(s, p) == ' ' && plainWord(s, p+1, false) > 0
}

// plainWord returns the length of the lower-case word at p, 0 if what stands
// there is anything else.
func plainWord(s []byte, p int, capital bool) int {
	i := p
	if capital && at(s, i)-'A' < 26 {
		i++
	}
	for at(s, i)-'a' < 26 || at(s, i) == '\'' {
		i++
	}
	switch c := at(s, i); {
	case c == 0 || isBlank(c) || c == '.' || c == ',' || c == '!' || c == '?' || c == ';':
		return i - p
	default:
		return 0
	}
}
