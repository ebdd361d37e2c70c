package person

import (
	"bytes"
	"unicode/utf8"
)

// plainMail says whether a byte is a usual one of an e-mail address before
// the @. The other ones that may stand there also stand around addresses, so
// the address may begin behind them.
func plainMail(c byte) bool {
	return isWord(c) || c == '.' || c == '-' || c == '+'
}

func rareMail(c byte) bool {
	return c >= utf8.RuneSelf || bytes.IndexByte([]byte("!#$&'*/=?^`{|}~%"), c) >= 0
}

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
