package person

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

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
		case at < len(text) && text[at] >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(text[at:])
			if !strings.ContainsRune(wideSeparators, r) {
				return at
			}
			at += size
		default:
			return at
		}
	}
	return at
}

// wideSeparators are the spaces and dashes that programs put into numbers, so
// that these do not break or look well.
const wideSeparators = "\u00a0\u2007\u2009\u202f\u2010\u2011\u2012\u2013\u2014\u2212"

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
