package consistency

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
)

// voice is one person's part in the analysis: all of that person's documents
// speak once.
type voice struct {
	group  Group
	person string
	docs   []Document
}

// Input says what became of a document.
type Input struct {
	Document string `json:"document"`
	Group    Group  `json:"group"`
	SHA256   string `json:"sha256"`
	Bytes    int    `json:"bytes"`
	// Left out because of its language, or as a copy of another document.
	Language    string `json:"language,omitempty"`
	DuplicateOf string `json:"duplicate_of,omitempty"`
	Empty       bool   `json:"empty,omitempty"`
	orders      int    // sentences left out, see [sentence.orders]
}

// collectVoices orders the documents, leaves out those that cannot be read or
// say what another one said, and gathers the rest by person.
func collectVoices(docs []Document) ([]voice, []Input) {
	docs = slices.Clone(docs)
	slices.SortFunc(docs, func(a, b Document) int {
		return cmp.Or(cmp.Compare(groupOrder(a.Group), groupOrder(b.Group)), compareNatural(a.ID, b.ID))
	})
	var voices []voice
	inputs := make([]Input, 0, len(docs))
	seen := map[Group][]sketch{}
	for _, d := range docs {
		in := Input{Document: d.ID, Group: d.Group, SHA256: hashOf([]byte(d.Text)), Bytes: len(d.Text)}
		k := sketchOf(d)
		switch {
		case strings.TrimSpace(d.Text) == "":
			in.Empty = true
		case foreign(d.Text) != "":
			in.Language = foreign(d.Text)
		default:
			if i := slices.IndexFunc(seen[d.Group], k.same); i >= 0 {
				in.DuplicateOf = seen[d.Group][i].id
				break
			}
			seen[d.Group] = append(seen[d.Group], k)
			voices = addVoice(voices, d)
		}
		inputs = append(inputs, in)
	}
	return voices, inputs
}

func addVoice(voices []voice, d Document) []voice {
	person := cmp.Or(d.Person, d.ID)
	for i := range voices {
		if v := &voices[i]; v.group == d.Group && v.person == person {
			v.docs = append(v.docs, d)
			return voices
		}
	}
	return append(voices, voice{group: d.Group, person: person, docs: []Document{d}})
}

func groupOrder(g Group) int { return slices.Index(Groups(), g) }

// compareNatural orders "customer2" before "customer10", by the numbers that
// stand in the two, and is a total order.
func compareNatural(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		nx, ny := digits(x), digits(y)
		if nx == 0 || ny == 0 {
			if x[0] != y[0] {
				return cmp.Compare(x[0], y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		m, n := strings.TrimLeft(x[:nx], "0"), strings.TrimLeft(y[:ny], "0")
		if c := cmp.Or(cmp.Compare(len(m), len(n)), cmp.Compare(m, n)); c != 0 {
			return c
		}
		x, y = x[nx:], y[ny:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(a, b))
}

// digits is how many digits a string begins with.
func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

// sketch is what copies are known by: the words of the text, and of a long one
// the smallest hashes of its three-word runs and the words that decide what it
// says.
type sketch struct {
	id       string
	words    string // hash
	deciding string // hash
	runs     []uint64
	length   int
}

// sketchSize and sketchShare set what a near-copy is: this share of the
// smallest runs is the same, and all deciding words are. In a text under
// sketchWords a single word may decide, and it has only copies with the same
// words.
const (
	sketchSize  = 128
	sketchShare = 0.9
	sketchWords = 100
)

func sketchOf(d Document) sketch {
	text := plain(d.Text)
	var all, told, deciding []string
	for _, sp := range withoutManners(text) {
		words := wordsOf(text[sp.start:sp.end])
		all = append(all, words...)
		if !strings.HasSuffix(text[sp.start:sp.end], "?") { // a form asks everybody the same
			told = append(told, words...)
		}
	}
	for _, w := range told {
		if decides(w) {
			deciding = append(deciding, w)
		}
	}
	k := sketch{id: d.ID, words: hashWords(all), deciding: hashWords(deciding), length: len(told)}
	if len(told) < sketchWords {
		return k
	}
	runs := make([]uint64, 0, len(told)-2)
	for i := 0; i+2 < len(told); i++ {
		h := fnv.New64a()
		for _, w := range told[i : i+3] {
			h.Write([]byte(w))
			h.Write([]byte{0})
		}
		runs = append(runs, h.Sum64())
	}
	slices.Sort(runs)
	runs = slices.Compact(runs)
	k.runs = slices.Clone(runs[:min(len(runs), sketchSize)])
	return k
}

func hashWords(words []string) string { return hashOf([]byte(strings.Join(words, " "))) }

// wordsOf are the words of a text without case and marks. A mark that gives a
// number its meaning is a word.
func wordsOf(text string) []string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		switch {
		case r == '\'' || r == '’' || strings.ContainsRune(joiners, r):
		case unicode.IsLetter(r), unicode.IsMark(r), unicode.IsDigit(r):
			b.WriteRune(r)
		case unicode.IsSymbol(r), r == '%':
			b.WriteString(" " + string(r) + " ")
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

// decides says whether a word alone may turn what a text says: a number, a
// negation, a yes.
func decides(w string) bool {
	_, small := smallNumbers[w]
	return small || bigNumbers[w] > 0 || digits(w) > 0 || negators[w] || w == "yes"
}

var (
	greetings  = wordSet(`hi hello hey dear greetings`)
	signatures = wordSet(`thanks thank regards sincerely cheers yours`)
	warmth     = wordSet(`best kind kindest warm warmest with`) // "Best regards"
)

// manners is the length in words up to which something is a greeting or a
// signature.
const manners = 4

func polite(text string, first map[string]bool) bool {
	w := wordsOf(text)
	if len(w) > 1 && warmth[w[0]] && first[w[1]] {
		w = w[1:]
	}
	return len(w) > 0 && len(w) <= manners && first[w[0]] && !slices.ContainsFunc(w, decides)
}

// withoutManners are the sentences of a text without a greeting at its start
// and a signature at its end.
func withoutManners(text string) []span {
	start := 0
	if i := strings.IndexAny(text, ",.!:\n"); i >= 0 && polite(text[:i], greetings) {
		start = i + 1
	}
	spans := splitSentences(nil, text, start, len(text))
	for at := max(1, len(spans)-2); at < len(spans); at++ {
		if polite(text[spans[at].start:], signatures) {
			return spans[:at]
		}
	}
	return spans
}

func (k sketch) same(o sketch) bool {
	if k.words == o.words {
		return true
	}
	if k.deciding != o.deciding || len(k.runs) == 0 || len(o.runs) == 0 || k.length > 2*o.length || o.length > 2*k.length {
		return false
	}
	both := 0
	for i, j := 0, 0; i < len(k.runs) && j < len(o.runs); {
		switch {
		case k.runs[i] == o.runs[j]:
			both, i, j = both+1, i+1, j+1
		case k.runs[i] < o.runs[j]:
			i++
		default:
			j++
		}
	}
	return float64(both) >= sketchShare*float64(max(len(k.runs), len(o.runs)))
}
