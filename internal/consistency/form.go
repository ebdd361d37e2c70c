package consistency

import (
	"regexp"
	"strings"
)

// What tells how to reach somebody: an address on the web, an e-mail, a
// telephone number. rights are what the last line of a page keeps.
var (
	contactForm = regexp.MustCompile(`(?i)\bhttps?://\S+|\bwww\.\S+|\S+@\S+\.\w+|\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|co|us|example)\b(?:/\S*)?|\+?\(?\d(?:[ ().-]{0,2}\d){8,}`)
	rightsForm  = regexp.MustCompile(`(?i)©|\(c\) ?(?:19|20)\d\d|\bcopyright\b|\ball rights reserved\b`)
	markerForm  = regexp.MustCompile(`^\(?\d{1,2}[.)]*$`)
)

// maxForm bounds the length of what is looked at for its form.
const maxForm = 200

// formal says whether a sentence of a page or a letter claims nothing by its
// form: how to reach somebody, who holds the rights, a greeting, a signature,
// the number of an item. text is the document.
func (s *sentence) formal(text string) bool {
	body := text[s.start:s.end]
	if len(body) > maxForm {
		return false
	}
	if rightsForm.MatchString(body) || markerForm.MatchString(body) || polite(body, signatures) {
		return true
	}
	if rest := contactForm.ReplaceAllString(body, " "); rest != body && len(wordsOf(rest)) <= manners {
		return true
	}
	hail, rest, _ := strings.Cut(body, ",")
	return polite(hail, greetings) && len(wordsOf(rest)) <= manners
}

// signs says whether a sentence is a signature that goes on in the next line.
func (s *sentence) signs(text string) bool {
	body := text[s.start:s.end]
	return polite(body, signatures) && strings.IndexByte(".!?", body[len(body)-1]) < 0
}

// itemNumber is how many bytes the number of an item takes at the beginning of
// a sentence: "(1) Setup takes a week".
func itemNumber(sentence string) int {
	mark, rest, ok := strings.Cut(sentence, " ")
	if !ok || mark[len(mark)-1:] != ")" || !markerForm.MatchString(mark) {
		return 0
	}
	return len(sentence) - len(strings.TrimLeft(rest, " "))
}
