package consistency

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strings"
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

// compareNatural orders "customer2" before "customer10".
func compareNatural(a, b string) int {
	ta, tb := strings.TrimRight(a, "0123456789"), strings.TrimRight(b, "0123456789")
	if ta == tb && len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return cmp.Compare(a, b)
}

// sketch is what copies are known by: the text's own form, and the smallest
// hashes of its three-word runs.
type sketch struct {
	id     string
	text   string // hash of the normal form
	runs   []uint64
	length int
}

// sketchSize and sketchShare set what a near-copy is: this share of the
// smallest runs is the same. Texts under sketchWords have exact copies only.
const (
	sketchSize  = 128
	sketchShare = 0.9
	sketchWords = 12
)

func sketchOf(d Document) sketch {
	n := normal(d.Text)
	k := sketch{id: d.ID, text: hashOf([]byte(n))}
	words := strings.FieldsFunc(n, func(r rune) bool { return r == ' ' || r == '.' || r == ',' || r == '!' || r == '?' })
	k.length = len(words)
	if len(words) < sketchWords {
		return k
	}
	runs := make([]uint64, 0, len(words)-2)
	for i := 0; i+2 < len(words); i++ {
		h := fnv.New64a()
		for _, w := range words[i : i+3] {
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

func (k sketch) same(o sketch) bool {
	if k.text == o.text {
		return true
	}
	if len(k.runs) == 0 || len(o.runs) == 0 || k.length > 2*o.length || o.length > 2*k.length {
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
