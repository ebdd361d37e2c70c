package person

import (
	"bytes"
	"unicode/utf8"
)

// hit is a place in a text that may be an id. One that is not exact reads the
// text more freely than its writer may have meant: it only ever counts as a
// mention.
type hit struct {
	kind     Kind
	text     []byte // canonical; valid until the next hit
	from, to int
	inexact  bool
	owner    owner // of a user id, when its place tells the role
}

// finder finds what may be an id. Its buffers are used again.
type finder struct {
	buf    []byte
	digits []byte
	groups []span
}

type span struct{ from, to int }

// shortest is the length of the shortest text in which an id can be found.
const shortest = len("a@b.c")

// each calls visit for everything in text that may be an id of a kind that is
// wanted, until visit says that it is one: the search goes on behind it.
func (f *finder) each(text []byte, wanted kinds, visit func(hit) bool) {
	if len(text) < shortest {
		return
	}
	if wanted.email {
		f.emails(text, visit)
	}
	if wanted.phone && len(text) >= phoneDigits {
		f.phones(text, visit)
	}
	if wanted.user {
		f.words(text, visit)
	}
}

// kinds says which kinds of ids are searched.
type kinds struct{ email, phone, user bool }

// plainMail says whether a byte is a usual one of an e-mail address before
// the @. The other ones that may stand there also stand around addresses, so
// the address may begin behind them.
func plainMail(c byte) bool {
	return isWord(c) || c == '.' || c == '-' || c == '+'
}

func rareMail(c byte) bool {
	return c >= utf8.RuneSelf || bytes.IndexByte([]byte("!#$&'*/=?^`{|}~%"), c) >= 0
}

func isDigit(c byte) bool { return c-'0' < 10 }

func isWord(c byte) bool { return isDigit(c) || c|0x20-'a' < 26 || c == '_' }

// emails finds addresses, also such with a percent-encoded @.
func (f *finder) emails(text []byte, visit func(hit) bool) {
	// Each of the two is searched again only once its last place is passed.
	plain, coded := -1, -1
	for at := 0; at < len(text); {
		plain, coded = next(text, at, plain, "@"), next(text, at, coded, "%40")
		sign, width := plain, 1
		if coded < plain {
			sign, width = coded, 3
		}
		if sign == len(text) {
			return
		}
		at = sign
		at += width
		from := sign
		for from > max(0, sign-maxLocal) && (plainMail(text[from-1]) || rareMail(text[from-1])) {
			from--
		}
		to := at
		for to < min(len(text), at+maxDomain) && (isWord(text[to]) || text[to] == '.' || text[to] == '-' || text[to] >= utf8.RuneSelf) {
			to++
		}
		if end := f.email(text, span{from, to}, sign, width, visit); end > 0 {
			at = end
		}
	}
}

// next returns where what stands in text from at on, its length when nowhere.
// before is what it returned the last time.
func next(text []byte, at, before int, what string) int {
	if before >= at {
		return before
	}
	if n := bytes.Index(text[at:], []byte(what)); n >= 0 {
		return at + n
	}
	return len(text)
}

// email tries the addresses around one @, the longest first, and returns the
// end of the one that is an id.
func (f *finder) email(text []byte, all span, sign, width int, visit func(hit) bool) int {
	ends := 0
	for to := all.to; to > sign+width && ends < maxTries; to-- {
		last := text[to-1]
		if last == '.' || last == '-' || to < all.to && !isEnd(text[to]) {
			continue
		}
		ends++
		starts := 0
		for from := all.from; from < sign && starts < maxTries; from++ {
			if from > all.from && !isStart(text, from) {
				continue
			}
			starts++
			f.buf = appendDecoded(f.buf[:0], text[from:sign])
			f.buf = append(append(f.buf, '@'), text[sign+width:to]...)
			f.buf = bytes.ToLower(f.buf)
			inexact := to+1 < all.to && text[to] < utf8.RuneSelf && isWord(text[to+1])
			if visit(hit{kind: Email, text: f.buf, from: from, to: to, inexact: inexact}) {
				return to
			}
		}
	}
	return 0
}

// Limits of an address: bytes before the @ with percent codes, bytes behind
// it, and how many ways to read either side are tried.
const (
	maxLocal  = 3 * 64
	maxDomain = 255
	maxTries  = 16
)

// isEnd says whether an address may end before the byte.
func isEnd(c byte) bool { return c == '.' || c == '-' || c == '_' || c >= utf8.RuneSelf }

// isStart says whether an address may begin at the place: behind a byte that
// more often stands before an address than in it, or behind a percent code.
func isStart(text []byte, at int) bool {
	return rareMail(text[at-1]) && text[at-1] != '%' || at >= 3 && text[at-3] == '%'
}

// appendDecoded appends a text with its percent codes decoded.
func appendDecoded(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := nibble(s[i+1]), nibble(s[i+2])
			if hi|lo <= 15 {
				dst = append(dst, hi<<4|lo)
				i += 2
				continue
			}
		}
		dst = append(dst, s[i])
	}
	return dst
}

func nibble(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case c|0x20-'a' < 6:
		return c | 0x20 - 'a' + 10
	}
	return 255
}

// How many digits a phone number has. The last phoneDigits of them are what
// is compared.
const (
	phoneDigits = 10
	maxPhone    = 15
)

// lastDigits returns the canonical form of a phone number's digits.
func lastDigits(digits []byte) []byte { return digits[len(digits)-phoneDigits:] }

func onlyDigits(dst, s []byte) []byte {
	for _, c := range s {
		if isDigit(c) {
			dst = append(dst, c)
		}
	}
	return dst
}

// phones finds groups of digits that make a phone number.
func (f *finder) phones(text []byte, visit func(hit) bool) {
	for at := 0; at < len(text); {
		if !isDigit(text[at]) {
			at++
			continue
		}
		if at > 0 && text[at-1] == '%' {
			at += 2 // a percent code
			continue
		}
		f.groups = f.groups[:0]
		for {
			from := at
			for at < len(text) && isDigit(text[at]) {
				at++
			}
			f.groups = append(f.groups, span{from, at})
			next := separators(text, at)
			if next == at || next >= len(text) || !isDigit(text[next]) {
				break
			}
			at = next
		}
		f.phone(text, visit)
	}
}

// separators returns the place behind what may stand between two groups of a
// phone number: up to four signs, percent codes of them included.
func separators(text []byte, at int) int {
	for range 4 {
		switch {
		case at < len(text) && bytes.IndexByte([]byte(" -.()/+"), text[at]) >= 0:
			at++
		case at+2 < len(text) && text[at] == '%' && percentSeparator(text[at+1:at+3]):
			at += 3
		default:
			return at
		}
	}
	return at
}

func percentSeparator(code []byte) bool {
	switch string(bytes.ToUpper(code)) {
	case "20", "28", "29", "2B", "2D", "2E", "2F":
		return true
	}
	return false
}

// phone tries the sequences of groups, the longest first.
func (f *finder) phone(text []byte, visit func(hit) bool) {
	for first := 0; first < len(f.groups); first++ {
		if !startsPhone(text, f.groups[first].from) {
			continue
		}
		for last := min(len(f.groups), first+maxPhone) - 1; last >= first; last-- {
			from, to := f.groups[first].from, f.groups[last].to
			if to < len(text) && isWord(text[to]) {
				continue
			}
			f.digits = onlyDigitsOf(f.digits[:0], text, f.groups[first:last+1])
			if len(f.digits) < phoneDigits || len(f.digits) > maxPhone {
				continue
			}
			if from > 0 && text[from-1] == '(' {
				from--
			}
			if from > 0 && text[from-1] == '+' {
				from--
			}
			if visit(hit{kind: Phone, text: lastDigits(f.digits), from: from, to: to}) {
				first = last
				break
			}
		}
	}
}

// startsPhone says whether a number may begin at the place: not in the middle
// of a word, but right behind a percent code.
func startsPhone(text []byte, at int) bool {
	if at == 0 || !isWord(text[at-1]) {
		return true
	}
	return at >= 3 && text[at-3] == '%' && nibble(text[at-2])|nibble(text[at-1]) <= 15
}

func onlyDigitsOf(dst, text []byte, groups []span) []byte {
	for _, g := range groups {
		dst = append(dst, text[g.from:g.to]...)
	}
	return dst
}

// minDistinct is the length from which a user id of letters and digits is
// told from other words.
const minDistinct = 8

// distinct says whether a word can only be an id: it is long and mixes
// letters and digits.
func distinct(b []byte) bool {
	if len(b) < minDistinct {
		return false
	}
	digits, letters := false, false
	for _, c := range b {
		if !isWord(c) && c != '-' {
			return false
		}
		digits = digits || isDigit(c)
		letters = letters || !isDigit(c) && c != '_' && c != '-'
	}
	return digits && letters
}

// words finds user ids: words that are distinct, and what stands behind the
// name of an id or in the path of a person.
func (f *finder) words(text []byte, visit func(hit) bool) {
	named := nobodys // whose id comes, by the words before
	if len(text) < minDistinct-1 {
		return // not even users/1
	}
	for at := 0; at < len(text); {
		if !isWord(text[at]) {
			if named != nobodys && bytes.IndexByte([]byte(`="':\ `), text[at]) < 0 {
				named = nobodys
			}
			at++
			continue
		}
		from := at
		for at < len(text) && (isWord(text[at]) || text[at] == '-') {
			at++
		}
		word := text[from:at]
		if named != nobodys || distinct(word) {
			h := hit{kind: User, text: word, from: from, to: at}
			if named != nobodys {
				h.owner = named
			}
			if visit(h) {
				named = nobodys
				continue
			}
		}
		named = nobodys
		if o := ofPath(word); o != nobodys && at < len(text) && text[at] == '/' {
			end := pathStep(text, at+1)
			if end > at+1 && visit(hit{kind: User, text: text[at+1 : end], from: at + 1, to: end, owner: o}) {
				at = end
			}
			continue
		}
		named = ownerOf(word)
	}
}

// ofPath says whose id the next step of a path is.
func ofPath(word []byte) owner {
	switch string(word) {
	case "contractors", "contractor":
		return "contractor"
	case "users", "user":
		return ""
	}
	return nobodys
}

func pathStep(text []byte, at int) int {
	for at < len(text) && (isWord(text[at]) || text[at] == '-' || text[at] == '.') {
		at++
	}
	return at
}

// owner says whose id a member of a record holds.
type owner string

const nobodys owner = "-"

// ownerOf reads the name of a member. The owner is empty when the name does
// not tell the role.
func ownerOf(name []byte) owner {
	if len(name) < len("userid") {
		return nobodys
	}
	switch name[0] | 0x20 {
	case 'u', 'c', 'a', '_' | 0x20, '-':
	default:
		return nobodys
	}
	var b [16]byte
	n := 0
	for _, c := range name {
		if c == '_' || c == '-' {
			continue
		}
		if n == len(b) {
			return nobodys
		}
		if c-'A' < 26 {
			c |= 0x20
		}
		b[n] = c
		n++
	}
	switch string(b[:n]) {
	case "userid":
		return ""
	case "contractorid":
		return "contractor"
	case "adminid":
		return "admin"
	}
	return nobodys
}
