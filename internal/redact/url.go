package redact

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// findSign looks at the sign at p behind which something may stand.
func (w *state) findSign(s []byte, p, lo int) (h hit, skip int, ok bool) {
	switch {
	case bytes.HasPrefix(s[p:], []byte("://")):
		h, ok = findUserinfo(s, p)
	case bytes.HasPrefix(s[p:], []byte("&#")):
		return w.findReference(s, p, lo)
	case bytes.HasPrefix(s[p:], []byte(" -")):
		h, ok = findOption(s, p)
	case bytes.HasPrefix(s[p:], []byte("：")):
		h, ok = w.findPair(s, p, lo)
	}
	return h, 0, ok
}

// findReference looks at the character reference of HTML at p: the text around
// it is read with its letters, and when something must go it stays so.
func (w *state) findReference(s []byte, p, lo int) (hit, int, bool) {
	if w.nesting >= maxNesting {
		return hit{}, 0, false
	}
	start, end := p, p
	for start > lo && p-start < maxName && s[start-1] != '<' && s[start-1] != '>' && s[start-1] != '\n' {
		start--
	}
	const far = 4096
	for end < len(s) && end-p < far && s[end] != '<' && s[end] != '>' && s[end] != '\n' {
		end++
	}
	plain := unreference(s[start:end])
	if len(plain) == end-start {
		return hit{}, end, false
	}
	in := w.inner()
	defer w.outer(in)
	out, changed := in.anyText(plain, &w.g.plain)
	if !changed {
		return hit{}, end, false
	}
	w.instead = out
	return hit{start: start, end: end}, 0, true
}

// unreference decodes &#112; and &#x70;. What is none stays, and so do the
// signs that mean something in HTML.
func unreference(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		const longest = len("&#x10ffff;")
		semicolon := bytes.IndexByte(b[i:min(len(b), i+longest)], ';')
		if b[i] == '&' && at(b, i+1) == '#' && semicolon > 2 {
			digits, base := string(b[i+2:i+semicolon]), 10
			if lower(digits[0]) == 'x' {
				digits, base = digits[1:], 16
			}
			n, err := strconv.ParseUint(digits, base, 21)
			if err == nil && n >= ' ' && n != '<' && n != '>' && n != '&' && utf8.ValidRune(rune(n)) {
				out = utf8.AppendRune(out, rune(n))
				i += semicolon
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}

// option is how a command of a shell is given a password.
type option struct {
	command, flag string
	pair          bool // the value is user:password
	apart         bool // the value may be the next word
}

// options lists them. Programs whose names begin so are meant too: mysqldump.
func options() [8]option {
	return [...]option{
		{"curl ", "-u", true, true}, {"curl ", "--user", true, true}, {"curl ", "--proxy-user", true, true}, {"mysql", "-p", false, false}, {"mariadb", "-p", false, false},
		{"sshpass ", "-p", false, true}, {"redis-cli ", "-a", false, true}, {"docker login ", "-p", false, true},
	}
}

// findOption looks at the option after the space at p.
func findOption(s []byte, p int) (hit, bool) {
	const far = 256
	for _, o := range options() {
		if !bytes.HasPrefix(s[p+1:], []byte(o.flag)) {
			continue
		}
		line := s[max(0, p-far) : p+1]
		line = line[bytes.LastIndexByte(line, '\n')+1:]
		if !bytes.Contains(line, []byte(o.command)) {
			continue
		}
		start := p + 1 + len(o.flag)
		if c := at(s, start); o.apart && (c == ' ' || c == '=') {
			start++
		}
		if isQuote(at(s, start)) {
			start++
		}
		end := valueEnd(s, start, false)
		if o.pair {
			colon := bytes.IndexByte(s[start:end], ':')
			if colon < 0 {
				continue
			}
			start += colon + 1
		}
		if text := s[start:end]; len(text) > 0 && text[0] != '-' && !hasMark(s[start:]) {
			return hit{start: start, end: end, rule: "password"}, true
		}
	}
	return hit{}, false
}

// findLogin looks at the colon at p of a path segment with a user and a
// password in front of a host: /login/ida:hunter2@host.
func findLogin(s []byte, p int, n name) (hit, bool) {
	var low short
	switch string(low.lower(n.text)) {
	case "mailto", "acct", "sip", "sips", "xmpp", "from", "to", "cc", "bcc", "email", "user":
		return hit{}, false // an address follows
	}
	end := p + 1
	for end < len(s) && end-p < maxName && isURLByte(s, end) && s[end] != '/' && s[end] != '@' {
		end++
	}
	if text := s[p+1 : end]; at(s, end) != '@' || len(text) == 0 || hasMark(s[p+1:]) {
		return hit{}, false
	}
	return hit{start: p + 1, end: end, rule: "url-password"}, true
}

// findUserinfo looks at the "://" at p for a password in front of the host.
func findUserinfo(s []byte, p int) (hit, bool) {
	const far = 512
	host := p + 3
	strict, end := -1, host
	for end < len(s) && end-host < far && isURLByte(s, end) {
		if c := s[end]; strict < 0 && (c == '/' || c == '?' || c == '#') {
			strict = end
		}
		end++
	}
	if strict < 0 {
		strict = end
	}
	sign := bytes.LastIndexByte(s[host:strict], '@')
	if sign < 0 && !isWeb(s, p) {
		// A password with a slash that was not coded.
		if sign = bytes.LastIndexByte(s[host:end], '@'); sign >= 0 && afterPort(s[host:strict]) {
			sign = -1
		}
	}
	if sign < 0 {
		return hit{}, false
	}
	info := s[host : host+sign]
	if colon := bytes.IndexByte(info, ':'); colon >= 0 {
		pass := info[colon+1:]
		if len(pass) == 0 || isMark(pass) {
			return hit{}, false
		}
		return hit{start: host + colon + 1, end: host + sign, rule: "url-password"}, true
	}
	if len(info) >= 16 && bytes.ContainsAny(info, "0123456789") && !isMark(info) {
		return hit{start: host, end: host + sign, rule: "url-password"}, true
	}
	return hit{}, false
}

// isURLByte reports whether s[i] may stand in a URL in a text. An apostrophe
// may, and in torn JSON a byte may be spelt \u0026.
func isURLByte(s []byte, i int) bool {
	c := s[i]
	return c > ' ' && c != '"' && c != '`' && c != '<' && c != '>' && (c != '\\' || at(s, i+1) == 'u')
}

// isWeb reports whether the scheme before p is one whose paths may hold '@'.
func isWeb(s []byte, p int) bool {
	start := p
	for start > 0 && p-start < 8 && isLetter(s[start-1]) {
		start--
	}
	var low short
	switch string(low.lower(s[start:p])) {
	case "http", "https", "ws", "wss", "file":
		return true
	}
	return false
}

// afterPort reports whether an authority is a host with a port, or without.
func afterPort(b []byte) bool {
	colon := bytes.IndexByte(b, ':')
	if colon < 0 {
		return true
	}
	for _, c := range b[colon+1:] {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

// findPath looks at the slash at p for a path segment after which a
// credential follows.
func (w *state) findPath(s []byte, p int) (hit, bool) {
	var low [32]byte
	n := 0
	for n < len(low) && isPathByte(at(s, p+1+n)) {
		low[n] = lower(s[p+1+n])
		n++
	}
	q := p + 1 + n
	if at(s, q) == ':' && n > len("bot") && string(low[:3]) == "bot" {
		return botToken(s, p+1, q)
	}
	if at(s, q) != '/' || !w.g.text.paths[string(low[:n])] {
		return hit{}, false
	}
	end := q + 1
	digits, dashes := 0, 0
	for end < len(s) && isPathByte(s[end]) {
		if isDigit(s[end]) {
			digits++
		}
		if s[end] == '-' {
			dashes++
		}
		end++
	}
	if n := end - q - 1; n < 6 || digits == 0 && (n < 24 || dashes > 1) {
		return hit{}, false // a step of the flow, or a placeholder of the route
	}
	return hit{start: q + 1, end: end, rule: "path-token"}, true
}

// botToken looks at the path segment at p of a bot of Telegram, which is its
// token: bot, a number, and after the colon at q the key.
func botToken(s []byte, p, q int) (hit, bool) {
	const least = 20 // bytes of the key
	for i := p + len("bot"); i < q; i++ {
		if !isDigit(s[i]) {
			return hit{}, false
		}
	}
	end := q + 1
	for end < len(s) && isPathByte(s[end]) {
		end++
	}
	if end-q-1 < least {
		return hit{}, false
	}
	return hit{start: p + len("bot"), end: end, rule: "path-token"}, true
}

func isPathByte(c byte) bool {
	return isAlnum(c) || c == '-' || c == '_' || c == '.' || c == '~' || c == '%' || c == '=' || c == '+'
}

// findPercent looks at the percent-coded part of a URL or a form around p. It
// is decoded, cleaned as any text and coded again, and the rules are those of
// what was found inside. A part in which nothing is found need not be looked
// at again.
func (w *state) findPercent(s []byte, p, lo int) (hit, int, bool) {
	if w.nesting >= maxNesting {
		return hit{}, 0, false
	}
	if _, ok := hex(s[min(p+1, len(s)):min(p+3, len(s))]); !ok || p+2 >= len(s) {
		return hit{}, 0, false
	}
	start, end := p, p
	for start > lo && isCodedByte(s[start-1]) {
		start--
	}
	for end < len(s) && isCodedByte(s[end]) {
		end++
	}
	h, ok := w.coded(s, start, end)
	return h, end, ok
}

// findPlus looks at the value of a parameter at p whose only codes are pluses
// for spaces.
func (w *state) findPlus(s []byte, p int) (hit, bool) {
	end, plus := p, false
	for end < len(s) && isCodedByte(s[end]) && s[end] != '%' {
		plus = plus || s[end] == '+'
		end++
	}
	if !plus || at(s, end) == '%' || w.nesting >= maxNesting {
		return hit{}, false
	}
	return w.coded(s, p, end)
}

// coded cleans the percent-coded text between start and end.
func (w *state) coded(s []byte, start, end int) (hit, bool) {
	in := w.inner()
	defer w.outer(in)
	out, changed := in.anyText(unpercent(s[start:end]), &w.g.sent)
	if !changed {
		return hit{}, false
	}
	w.instead = percent(out)
	return hit{start: start, end: end}, true
}

// isCodedByte reports whether c may be inside one percent-coded part.
func isCodedByte(c byte) bool {
	switch c {
	case '&', '=', '?', '#', '/', '"', '\'', '`', '<', '>', '\\', '|':
		return false
	}
	return c > ' '
}

// unpercent decodes %xx, and + as a space as in forms. What is not a code
// stays.
func unpercent(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(b):
			if n, ok := hex(b[i+1 : i+3]); ok {
				c = byte(n)
				i += 2
			}
		}
		out = append(out, c)
	}
	return out
}

// percent codes b for a query string. The mark stays readable.
func percent(b []byte) []byte {
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, len(b)*2)
	for _, c := range b {
		switch {
		case isDigit(c) || c|0x20-'a' < 26 || c == '-' || c == '_' || c == '.' || c == '~' || c == '[' || c == ']':
			out = append(out, c)
		case c == ' ':
			out = append(out, '+')
		default:
			out = append(out, '%', digits[c>>4], digits[c&15])
		}
	}
	return out
}
