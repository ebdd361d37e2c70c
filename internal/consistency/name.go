package consistency

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// names are the words that the names of employees are made of.
type names struct {
	of     map[string][]int // whose, by the folded word
	common map[string]bool  // also ordinary words, or initials
}

// namesOf are the names of the employees among the authors of documents.
func namesOf(cat *Catalogue, docs []Document) names {
	n := names{map[string][]int{}, map[string]bool{}}
	for i, d := range docs {
		if d.Group != Employees {
			continue
		}
		name := d.Name + " " + nameInEmail(d.Email) + " " + signature(d.Text)
		for _, at := range lettersIn(name) {
			w := foldName(name[at.start:at.end])
			n.of[w] = append(n.of[w], i)
			n.common[w] = utf8.RuneCountInString(w) == 1 || cat.ordinary(w)
		}
	}
	return n
}

// mailboxes are those of a place, not of a person.
var mailboxes = wordSet(`info office sales admin administration hr team contact support hello mail email post service services dispatch billing accounts
accounting jobs careers desk reception crew shop field training noreply reply manager management operations ops`)

// nameInEmail is what stands before the "@", "" for the address of a place.
func nameInEmail(email string) string {
	local, _, _ := strings.Cut(email, "@")
	if slices.ContainsFunc(lettersIn(local), func(at span) bool { return mailboxes[strings.ToLower(local[at.start:at.end])] }) {
		return ""
	}
	return local
}

// The longest that is looked for a signature, in bytes, and its most words.
const (
	signatureReach = 200
	signatureWords = 3
)

// signature is the name under a text: "- Dana Wells, night shift", "Thanks,
// Dana". The last item of a list is none.
func signature(text string) string {
	end := plain(strings.ToValidUTF8(text[max(0, len(text)-signatureReach):], ""))
	spans := splitSentences(nil, end, 0, len(end))
	if len(spans) == 0 {
		return ""
	}
	last, before := spans[len(spans)-1], ""
	if len(spans) > 1 {
		before = end[spans[len(spans)-2].start:spans[len(spans)-2].end]
	}
	line := end[last.start:last.end]
	name := strings.TrimLeft(line, "-–—~ ")
	if parting, rest, ok := strings.Cut(line, ","); ok && polite(parting, signatures) {
		name = strings.TrimSpace(rest)
	} else if signed := name != line && strings.TrimLeft(before, "-–—~ ") == before; !signed && !polite(before, signatures) {
		return ""
	}
	name, _, _ = strings.Cut(name, ",")
	words := strings.Fields(strings.TrimRight(name, "."))
	if len(words) > signatureWords || slices.ContainsFunc(words, func(w string) bool { return !isTitle(w) }) {
		return ""
	}
	return name
}

// mention is a word of a text that may be one of a name.
type mention struct {
	span
	part   string
	common bool
	title  bool // "Will", not "will" or "WILL"
	begins bool // a sentence
}

// in finds where a text names an employee. An ordinary word is a name where it
// has a capital within a sentence, or stands by another word of the same name.
func (n names) in(text string) []span {
	if len(n.of) == 0 {
		return nil
	}
	var out []span
	var last *mention
	taken := false // last is in out
	for _, at := range lettersIn(text) {
		part := n.part(foldName(text[at.start:at.end]))
		if part == "" {
			last = nil
			continue
		}
		m := &mention{at, part, n.common[part], isTitle(text[at.start:at.end]), beginsSentence(text[:at.start])}
		beside := last != nil && joins(text[last.end:m.start]) && n.together(last, m)
		if beside && !taken {
			out = append(out, last.span)
		}
		taken = beside || !m.common || m.title && !m.begins && len(m.part) > 1
		if taken {
			out = append(out, at)
		}
		last = m
	}
	return out
}

// together says whether two words that stand side by side are one name: both
// are of the same person, and not just two ordinary words.
func (n names) together(a, b *mention) bool {
	if a.common && b.common && !a.title && !b.title {
		return false
	}
	return slices.ContainsFunc(n.of[a.part], func(i int) bool { return slices.Contains(n.of[b.part], i) })
}

// part is the word of a name that a folded word is, also as "Kents"; "" when
// it is none.
func (n names) part(w string) string {
	if _, ok := n.of[w]; ok {
		return w
	}
	one := strings.TrimSuffix(w, "s")
	if _, ok := n.of[one]; ok && utf8.RuneCountInString(one) > 1 {
		return one
	}
	return ""
}

// inID says whether the id of a document has a word of a name.
func (n names) inID(id string) bool {
	return slices.ContainsFunc(lettersIn(id), func(at span) bool {
		w := foldName(id[at.start:at.end])
		return utf8.RuneCountInString(w) > 1 && n.part(w) != ""
	})
}

// joins says whether what stands between two words leaves them one name: "Bo
// Li", "O'Hara", "J. Kent".
func joins(between string) bool {
	return between != "" && strings.Trim(between, " .'’-") == "" && !strings.HasPrefix(between, "  ")
}

// beginsSentence says whether a sentence begins after a text.
func beginsSentence(before string) bool {
	r, _ := utf8.DecodeLastRuneInString(strings.TrimRight(before, " \t\r"))
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune(",;'’&/", r)
}

func isTitle(w string) bool {
	first, n := utf8.DecodeRuneInString(w)
	return unicode.IsUpper(first) && (n == len(w) || w[n:] == strings.ToLower(w[n:]))
}

// noAccent are letters that are not made of a plain one and a mark.
var noAccent = strings.NewReplacer("ß", "ss", "ø", "o", "ł", "l", "đ", "d", "æ", "ae", "œ", "oe", "ı", "i")

// foldName is a word as it is compared: José, JOSE and jose are one.
func foldName(w string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsMark(r) {
			return -1
		}
		return r
	}, norm.NFD.String(strings.ToLower(w)))
	return noAccent.Replace(plain)
}

// lettersIn are the runs of letters in a text, with the marks on them.
func lettersIn(text string) []span {
	var out []span
	from := -1
	for i, r := range text {
		letter := unicode.IsLetter(r) || from >= 0 && unicode.IsMark(r)
		switch {
		case letter && from < 0:
			from = i
		case !letter && from >= 0:
			out = append(out, span{from, i})
			from = -1
		}
	}
	if from >= 0 {
		out = append(out, span{from, len(text)})
	}
	return out
}

// wordNames are names that are ordinary words, beside those that the catalogue
// knows.
var wordNames = wordSet(`an angel apple archer art ash at august baker banks bay bell best bird bishop black blue bond booth bow branch bright
brook brown buck burns bush butcher butler by carpenter cash chance chase christian church clay clean cliff close cole
cook cool cooper cross crystal dawn day dean do drew early east eve fair faith farmer field fields fine finch fisher
flint flower flowers forest foster fox frank free frost gay gene gold good grace grant gray green grey grove guy hand
hard hart he head heath hill hills home honor hood hope house hunt hunter if in is it ivory ivy jack jade jewel joy
judge june just justice king knight lake land lane lark law leaf little long love low lucky major man march mark marks
mason may me melody mercy miles mill mills miller moon my new no noble north oak of on or page pace park parker parks
peace pearl penny pepper piper pleasant pope potter power powers price pride ray read reed rich ring robin rock rose
ruby rush rusty sage sandy savage saw see sharp shepherd short silver singer sky small smart smith snow so song south
sparks speed star steel stone storm story strong summer summers sun sunny swift temple to tower turner up us van
victor violet wall ward waters we weaver wells west wheeler white wild will wise wolf wood woods worth young`)

// ordinary says whether a word is more than a name.
func (c *Catalogue) ordinary(w string) bool {
	if wordNames[w] || stopWords["English"][w] {
		return true
	}
	l := lemma(w)
	return len(c.concepts[l]) > 0 || len(c.kinds[l]) > 0 || len(c.mood[l]) > 0 || len(c.elements.byLemma[l]) > 0 || len(c.elements.byWord[w]) > 0
}
