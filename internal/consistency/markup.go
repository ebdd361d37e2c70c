package consistency

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tagForm is a tag of HTML, or a comment: "They reply in <2 hours" is none.
// entityForm is a character by its name or number.
var (
	tagForm    = regexp.MustCompile(`^(?:<!--[^<>]*-->|</?([A-Za-z]+[1-6]?)(?:\s[^<>]*=[^<>]*|\s*/?)>)`)
	entityForm = regexp.MustCompile(`^&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,5}|[A-Za-z]{2,8});`)
)

// maxTag bounds the length of a tag in bytes.
const maxTag = 500

// What stands in a tag that belongs to running text, and in one that ends it.
var (
	inlineTags = wordSet(`a abbr b code em font i img label mark s small span strong sub sup u`)
	blockTags  = wordSet(`address article aside blockquote body br center dd div dl dt figure footer h1 h2 h3 h4 h5 h6 head header hr html li main
nav ol p pre section table tbody td tfoot th thead title tr ul`)
)

// withoutMarkup is a text that may be HTML as it is seen: tags are blank, or
// end a paragraph, and entities are their characters. It has the bytes of the
// text otherwise.
func withoutMarkup(text string) string {
	if !strings.ContainsAny(text, "<&") {
		return text
	}
	b := []byte(text)
	for i := 0; i < len(text); i++ {
		rest := text[i:min(len(text), i+maxTag)]
		n := 0
		switch text[i] {
		case '<':
			n = blankTag(b[i:], rest)
		case '&':
			n = writeEntity(b[i:], entityForm.FindString(rest), text[i:])
		}
		i += max(0, n-1)
	}
	return string(b)
}

// blankTag blanks the tag at the beginning of b, and returns its length.
func blankTag(b []byte, rest string) int {
	m := tagForm.FindStringSubmatch(rest)
	if m == nil {
		return 0
	}
	name := strings.ToLower(m[1])
	if name != "" && !inlineTags[name] && !blockTags[name] {
		return 0
	}
	copy(b, strings.Repeat(" ", len(m[0])))
	if blockTags[name] {
		copy(b, "\n\n")
	}
	return len(m[0])
}

// joiners are seen nowhere, and end no word.
const joiners = "\u00ad\u200d"

// writeEntity writes the character of an entity at the beginning of b, and
// returns the length of the entity. What is left of it is filled so that a word
// with an accent or an apostrophe stays one word.
func writeEntity(b []byte, entity, text string) int {
	seen := html.UnescapeString(entity)
	left := len(entity) - len(seen)
	if seen == entity || left < 0 {
		return 0
	}
	fill := strings.Repeat(" ", left)
	first, _ := utf8.DecodeRuneInString(seen)
	next, _ := utf8.DecodeRuneInString(text[len(entity):])
	if (unicode.IsLetter(first) || first == '\'' || first == '’') && unicode.IsLetter(next) && left > 1 {
		fill = strings.Repeat("\u00ad", left/2)
		if left%2 == 1 {
			fill = "\u200d" + strings.Repeat("\u00ad", (left-3)/2)
		}
	}
	copy(b, seen+fill)
	return len(entity)
}
