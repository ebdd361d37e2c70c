package consistency

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// lines collects what people read. Strings that a line is filled with may come
// from outside: clean makes each of them safe.
type lines struct {
	strings.Builder
	clean func(string) string
}

// put writes a line. The format and what is no plain string are taken as is.
func (l *lines) put(format string, args ...any) {
	for i, a := range args {
		if text, ok := a.(string); ok {
			args[i] = l.clean(text)
		}
	}
	fmt.Fprintf(l, format+"\n", args...)
}

// textWidth is how many columns a paragraph of a report for a terminal has.
const textWidth = 100

// para writes a text behind a label. Lines after the first begin where it does.
func (l *lines) para(label, text string) {
	l.WriteString(label)
	start := utf8.RuneCountInString(label)
	at := start
	for i, word := range strings.Fields(l.clean(text)) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case at+1+n > textWidth:
			l.WriteString("\n" + strings.Repeat(" ", start))
			at = start
		default:
			l.WriteString(" ")
			at++
		}
		l.WriteString(word)
		at += n
	}
	l.WriteString("\n")
}
