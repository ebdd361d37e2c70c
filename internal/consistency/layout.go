package consistency

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// plain is a text as its sentences are told: each space is ' ', each line
// break that ends something is '\n', and one that only wraps a long line is a
// space. Markup is not told. It has the bytes of the text otherwise, so that
// offsets hold in both.
func plain(text string) string {
	text = withoutMarkup(text)
	if strings.IndexFunc(text, func(r rune) bool { return r != ' ' && isBlank(r) }) < 0 {
		return text
	}
	b := []byte(text)
	for i, r := range text {
		if !isBlank(r) {
			continue
		}
		for k := range utf8.RuneLen(r) {
			b[i+k] = ' '
		}
		switch r {
		case '\r':
			if strings.HasPrefix(text[i+1:], "\n") {
				continue
			}
			b[i] = '\n'
		case '\n', '\v', '\f', '\u0085', '\u2028':
			b[i] = '\n'
		case '\u2029':
			b[i], b[i+1] = '\n', '\n'
		}
	}
	joinLines(b)
	return string(b)
}

// isBlank says whether nothing is seen of a character: a space, or a mark of
// no width that stands between words.
func isBlank(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' }

// joinLines puts a space in the place of each line break within running text.
func joinLines(b []byte) {
	var paragraph []span
	for at := 0; at < len(b); {
		end := at
		for end < len(b) && b[end] != '\n' {
			end++
		}
		line := appendSpan(nil, string(b[at:end]), 0, end-at)
		if len(line) == 0 {
			joinParagraph(b, paragraph)
			paragraph = paragraph[:0]
		} else {
			paragraph = append(paragraph, span{at + line[0].start, at + line[0].end})
		}
		at = end + 1
	}
	joinParagraph(b, paragraph)
}

// wrapWidth is the length in characters from which a line may have been
// wrapped. Shorter lines are items or headings.
const wrapWidth = 40

// joinParagraph joins the lines between two blank ones. Those that follow each
// other without a sign of a new item are running text when at least one of
// them goes on in the middle of something.
func joinParagraph(b []byte, lines []span) {
	widest := 0
	for _, l := range lines {
		widest = max(widest, utf8.RuneCount(b[l.start:l.end]))
	}
	if widest < wrapWidth {
		return
	}
	from := 0
	for i := 1; i <= len(lines); i++ {
		if i == len(lines) || startsItem(b, lines[i-1], lines[i], widest) {
			joinRun(b, lines[from:i])
			from = i
		}
	}
}

func joinRun(b []byte, lines []span) {
	open := false
	for i := 1; i < len(lines); i++ {
		open = open || goesOn(string(b[lines[0].start:lines[0].end]), string(b[lines[i-1].start:lines[i-1].end]), string(b[lines[i].start:lines[i].end]))
	}
	for i := 1; open && i < len(lines); i++ {
		for k := lines[i-1].end; k < lines[i].start; k++ {
			b[k] = ' '
		}
	}
}

// startsItem says whether a line is not the rest of the one before: it has a
// bullet, a number or a label, or there was room for its first word in the
// line before, which is much shorter than the widest.
func startsItem(b []byte, before, l span, widest int) bool {
	text := string(b[l.start:l.end])
	if bulleted(text) {
		return true
	}
	if _, ok := labelAt(text, 0, true); ok {
		return true
	}
	if last := b[before.end-1]; last == ':' || last == ';' {
		return true
	}
	word, _, _ := strings.Cut(text, " ")
	return 3*(utf8.RuneCount(b[before.start:before.end])+1+utf8.RuneCountInString(word)) <= 2*widest
}

// bulleted says whether a line begins with the mark or the number of an item.
func bulleted(line string) bool {
	mark, rest, ok := strings.Cut(line, " ")
	if !ok || rest == "" {
		return false
	}
	switch mark {
	case "-", "*", "+", "•", "·", "▪", "◦", "‣", "–", "—", "✓", "✔":
		return true
	}
	number := strings.TrimRight(strings.TrimLeft(mark, "("), ".)")
	return number != mark && len(number) <= 2 && strings.Trim(number, "0123456789") == ""
}

// With joiningWords no line ends, and with beginningWords none begins, unless
// it is wrapped.
var (
	joiningWords = wordSet(`and or but nor of to for with from by than that which who because as at in on into within over under about
after before until till per when where if not only the a an my our your their we you it is are was were costs cost`)
	beginningWords = wordSet(`and or but of to than that which who because is are I I'm I've I'd I'll`)
)

// goesOn says whether line b goes on with what line a, of a run that begins
// with line first, has begun.
func goesOn(first, a, b string) bool {
	if strings.HasSuffix(a, ",") || joiningWords[strings.ToLower(a[strings.LastIndexByte(a, ' ')+1:])] {
		return true
	}
	if strings.IndexByte(".!?", a[len(a)-1]) >= 0 {
		return false
	}
	word, rest, _ := strings.Cut(b, " ")
	return beginningWords[word] || startsLower(b) && !startsLower(first) || rest == "" && strings.HasSuffix(b, ".")
}

func startsLower(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLower(r)
}
