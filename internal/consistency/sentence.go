package consistency

import (
	"strings"
	"unicode/utf8"
)

// maxSentence bounds a sentence in bytes, so that a text without full stops
// still costs linear time.
const maxSentence = 1500

// span is a range of bytes in a document.
type span struct{ start, end int }

// abbreviations end with a full stop that does not end a sentence.
var abbreviations = wordSet(`mr mrs ms dr st vs e.g i.e eg ie approx inc no a.m p.m jr sr u.s dept est fig min max hr hrs wk mo yr`)

// splitSentences cuts text[start:end], in its plain form, into sentences. Each
// span excludes surrounding space. An end mark stays with its sentence.
func splitSentences(dst []span, text string, start, end int) []span {
	from := start
	for i := start; i < end; i++ {
		var stop bool
		switch c := text[i]; c {
		case '\n':
			stop = true
		case '!', '?', '.':
			j := i + 1
			for j < end && strings.IndexByte(".!?\"')]", text[j]) >= 0 {
				j++
			}
			if strings.HasPrefix(text[j:end], "”") || strings.HasPrefix(text[j:end], "’") {
				j += len("”")
			}
			if j < end && !isSpace(text[j]) {
				i = j - 1 // no mark up to there ends it either
				continue
			}
			if c == '.' && j < end && isAbbreviation(text[from:i], text[j:end]) {
				continue
			}
			i = j - 1
			stop = true
		default:
			if i-from >= 2*maxSentence && utf8.RuneStart(c) {
				dst = appendSpan(dst, text, from, i)
				from = i
			}
			stop = i-from >= maxSentence && c == ' '
		}
		if stop {
			dst = appendSpan(dst, text, from, i+1)
			from = i + 1
		}
	}
	return appendSpan(dst, text, from, end)
}

// isAbbreviation says whether the full stop after before belongs to a short
// form. "p.m. The" ends a sentence all the same, by its capital.
func isAbbreviation(before, after string) bool {
	w := strings.ToLower(before[strings.LastIndexAny(before, " (")+1:])
	if !abbreviations[w] {
		return false
	}
	next := strings.TrimLeft(after, " ")
	if next == "" {
		return false
	}
	upper := next[0] >= 'A' && next[0] <= 'Z'
	switch w {
	case "no": // "No. One roofer." against "no. 5"
		return next[0] >= '0' && next[0] <= '9'
	case "mr", "mrs", "ms", "dr", "st", "vs":
		return true
	}
	return !upper
}

func appendSpan(dst []span, text string, from, to int) []span {
	for from < to && isSpace(text[from]) {
		from++
	}
	for to > from && isSpace(text[to-1]) {
		to--
	}
	if from == to {
		return dst
	}
	return append(dst, span{from, to})
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' }
