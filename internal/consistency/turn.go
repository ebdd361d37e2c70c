package consistency

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// role says who speaks in a document.
type role uint8

const (
	roleAuthor   role = iota // the person whose document it is, or the vendor in a demo
	roleProspect             // the other side of a demo: asks, and claims nothing for the vendor
)

// turn is what one speaker says at a stretch.
type turn struct {
	span
	role role
}

var vendorLabels = wordSet(`rep reps sales salesperson salesman saleswoman seller agent ae sdr csm presenter host vendor
consultant company account executive representative advisor specialist demo trainer us we me engineer answer`)

var prospectLabels = wordSet(`prospect prospects customer client buyer contractor owner lead guest homeowner caller visitor
attendee user them builder roofer plumber question`)

// headings are words that are written like a speaker and are none.
var headings = wordSet(`note notes ps example summary agenda pricing price prices cost costs fees support setup onboarding training
contract terms reporting integration integrations security features step first second third next finally last important warning tip
yes no so okay ok well right sure look see remember result results bottom`)

// label is the mark before a speaker's words.
type label struct {
	start, end int
	name       string // lower case
	own        bool   // it begins a line
	loose      bool   // "Rep - ": counts only beside another one
}

// speakers are the names that stand for the vendor in a transcript.
type speakers []string

// turns cuts a demo transcript, in its plain form, at its speaker labels:
// "Rep:", "[Prospect]", "00:05 Dana (sales):". A text without labels is one
// turn of the vendor. Beside a vendor who is known by the label a name that
// says no role is a prospect's; without one, it takes the name's own words to
// show that it speaks for the vendor.
func (vendor speakers) turns(text string) []turn {
	labels := labelsIn(text)
	counts := map[string]int{}
	for _, l := range labels {
		counts[l.name]++
	}
	known, vendorNamed := map[string]role{}, false
	for name := range counts {
		if r, ok := vendor.roleOf(name); ok {
			known[name] = r
			vendorNamed = vendorNamed || r == roleAuthor
		}
	}
	spoken := labels[:0]
	for _, l := range labels {
		_, ok := known[l.name]
		if ok || counts[l.name] > 1 || len(counts) <= 2 || l.own || strings.Contains(l.name, " ") {
			spoken = append(spoken, l)
		}
	}
	turns := make([]turn, 0, len(spoken)+1)
	begin, at := 0, -1
	var of []string // the name of each turn
	for i := 0; i <= len(spoken); i++ {
		end, next := len(text), len(text)
		if i < len(spoken) {
			end, next = spoken[i].start, spoken[i].end
		}
		if end > begin || i == len(spoken) {
			name := ""
			if at >= 0 {
				name = spoken[at].name
			}
			turns, of = append(turns, turn{span{begin, end}, known[name]}), append(of, name)
		}
		begin, at = next, i
	}
	strangers := map[string]int{}
	for _, l := range spoken {
		if _, ok := known[l.name]; !ok {
			strangers[l.name] = 0
		}
	}
	seller := ""
	if !vendorNamed {
		seller = sellerAmong(strangers, text, turns, of)
	}
	for i, name := range of {
		if _, ok := strangers[name]; ok && name != seller {
			turns[i].role = roleProspect
		}
	}
	return turns
}

// labelsIn lists what may be labels of speakers: at the start of a line or of
// a sentence.
func labelsIn(text string) []label {
	var labels []label
	loose := map[string]bool{}
	for at := 0; at < len(text); {
		own := at == 0 || text[at-1] == '\n'
		l, ok := labelAt(text, at, own)
		if ok {
			if l.loose {
				loose[l.name] = true
			}
			labels = append(labels, l)
			at = l.end
			continue
		}
		for at++; at < len(text) && !startsAt(text, at); {
			at++
		}
	}
	if len(loose) != 1 {
		return labels
	}
	kept := labels[:0]
	for _, l := range labels {
		if !l.loose {
			kept = append(kept, l)
		}
	}
	return kept
}

// startsAt says whether a line or a sentence starts at a byte.
func startsAt(text string, at int) bool {
	switch text[at-1] {
	case '\n':
		return true
	case ' ', '*':
		before := strings.TrimRight(text[max(0, at-8):at], " *")
		return text[at] != ' ' && before != "" && (strings.IndexByte(".!?\"]", before[len(before)-1]) >= 0 || strings.HasSuffix(before, "…"))
	}
	return false
}

// maxLabel bounds a label in bytes.
const maxLabel = 48

// labelAt reads a label at a byte. On a line of its own a role may be told in
// any case, in brackets or before a dash; elsewhere it takes a colon.
func labelAt(text string, at int, own bool) (label, bool) {
	l := label{start: at, own: own}
	rest := text[at:min(len(text), at+maxLabel)]
	if i := strings.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	body := strings.TrimLeft(rest, " *_>#")
	body = strings.TrimLeft(body[stamp(body):], " *_-–")
	head := len(rest) - len(body)
	var name, after string
	bracket := false
	if body != "" && (body[0] == '[' || body[0] == '(') {
		i := strings.IndexAny(body, "])")
		if i < 0 {
			return l, false
		}
		name, after, bracket = body[1:i], body[i+1:], true
	} else if i := nameEnd(body); i > 0 {
		name, after = body[:i], body[i:]
	} else {
		return l, false
	}
	l.name = strings.ToLower(strings.Trim(withoutStamp(name), " *_"))
	after = strings.TrimLeft(after, " *_")
	mark := len(after) > 0 && after[0] == ':'
	role := sayRole(l.name)
	switch {
	case mark && (role || named(name)):
		after = after[1:]
	case !own || !role:
		return l, false
	case bracket:
	default:
		if dash := strings.TrimLeft(after, "-–—"); dash == after || !strings.HasPrefix(dash, " ") {
			return l, false
		}
		after, l.loose = strings.TrimLeft(after, "-–—"), true
	}
	l.end = at + head + len(body) - len(strings.TrimLeft(after, "*_"))
	return l, true
}

// nameEnd is where a name that stands before a colon or a dash ends, 0 when
// there is none.
func nameEnd(s string) int {
	for i, r := range s {
		switch {
		case r == ':' && (i+1 == len(s) || s[i+1] < '0' || s[i+1] > '9'):
			return i
		case strings.ContainsRune("-–—", r) && i > 0 && s[i-1] == ' ':
			return i
		case strings.ContainsRune(".!?,;\"", r):
			return 0
		}
	}
	return 0
}

// stamp is the length of a time of day at the start of a text, with its
// brackets: "[00:05] ".
func stamp(s string) int {
	i := len(s) - len(strings.TrimLeft(s, "[("))
	j := i
	for j < len(s) && (s[j] >= '0' && s[j] <= '9' || s[j] == ':' || s[j] == '.') {
		j++
	}
	if strings.IndexByte(s[i:j], ':') <= 0 {
		return 0
	}
	return len(s) - len(strings.TrimLeft(s[j:], "])"))
}

// withoutStamp leaves a time out of a name: "Rep (00:05)", "Dana 0:12".
func withoutStamp(name string) string {
	i := strings.IndexAny(name, "0123456789")
	if i < 0 || !strings.Contains(name[i:], ":") {
		return name
	}
	return strings.TrimRight(name[:i], " ([")
}

// sayRole says whether a name is made of words of roles alone: "sales rep",
// "prospect 2".
func sayRole(name string) bool {
	said := false
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if !vendorLabels[w] && !prospectLabels[w] && w != "q" && w != "a" {
			return false
		}
		said = true
	}
	return said
}

// named says whether a label is written as a name is: up to three words with
// capitals. What stands in brackets does not count.
func named(name string) bool {
	name, _, _ = strings.Cut(name, "(")
	words := strings.Fields(strings.Trim(name, "*_ "))
	for _, w := range words {
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsLetter(r) && !unicode.IsUpper(r) {
			return false
		}
	}
	return len(words) > 0 && len(words) <= 3 && unicode.IsUpper([]rune(words[0])[0]) && !headings[strings.ToLower(words[0])]
}

// roleOf is the role that a label tells.
func (vendor speakers) roleOf(name string) (role, bool) {
	switch name {
	case "q":
		return roleProspect, true
	case "a":
		return roleAuthor, true
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) })
	for _, w := range words {
		if prospectLabels[w] {
			return roleProspect, true
		}
		if vendorLabels[w] {
			return roleAuthor, true
		}
	}
	for _, full := range vendor {
		if len(words) > 0 && isPart(words, strings.Fields(strings.ToLower(full))) {
			return roleAuthor, true
		}
	}
	return roleAuthor, false
}

// isPart says whether each of some words is among others.
func isPart(words, of []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !slices.Contains(of, w) })
}

// What tells the seller among speakers whose labels do not: to show somebody
// around, and to speak of oneself and the other side at once. Who asks, and
// who tells of a company of one's own, is the other side.
var (
	sellerPhrases = []string{"show you", "walk you through", "our customers", "our clients", "our users", "our platform", "our product", "our software", "we offer"}
	buyerPhrases  = []string{"i run ", "we run ", "my company", "my business", "my firm", "my shop", "my crew", "my guys"}
)

// sellerAmong is the one of several names whose words show that it speaks for
// the vendor, and a name that stands alone; empty when nothing tells.
func sellerAmong(names map[string]int, text string, turns []turn, of []string) string {
	var spans []span
	for i, t := range turns {
		if _, ok := names[of[i]]; !ok {
			continue
		}
		spans = splitSentences(spans[:0], text, t.start, t.end)
		for _, sp := range spans {
			names[of[i]] += sells(strings.ToLower(text[sp.start:sp.end]))
		}
	}
	best, second, most := "", 0, 0
	for name, n := range names {
		switch {
		case len(names) == 1:
			return name
		case n > most:
			best, second, most = name, most, n
		default:
			second = max(second, n)
		}
	}
	if most == second {
		return ""
	}
	return best
}

// sells is how much a sentence shows a seller, below 0 a buyer.
func sells(s string) int {
	n := 0
	if strings.HasSuffix(s, "?") {
		n--
	} else if words := wordSet(strings.Map(lettersOnly, s)); (words["we"] || words["our"]) && (words["you"] || words["your"]) {
		n++
	}
	for _, p := range sellerPhrases {
		if strings.Contains(s, p) {
			n += 2
		}
	}
	for _, p := range buyerPhrases {
		if strings.Contains(s, p) {
			n -= 2
		}
	}
	return n
}

func lettersOnly(r rune) rune {
	if unicode.IsLetter(r) {
		return r
	}
	return ' '
}
