package consistency

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode"

	"github.com/power100/tpe/internal/gist"
)

//go:embed catalogue/*.json
var embedded embed.FS

// TopicSpec describes one thing that a partner may promise, in the words that
// people use for it. Good and Bad are cues from the partner's point of view:
// Good says that the promise holds, Bad that it does not.
type TopicSpec struct {
	// Topic is the name in reports, and ID tells apart two entries of one topic.
	// ID is Topic when empty.
	Topic string `json:"topic"`
	ID    string `json:"id,omitempty"`
	Title string `json:"title,omitempty"`
	// About are cues that name the subject without judging it.
	About []string `json:"about,omitempty"`
	Good  []string `json:"good,omitempty"`
	Bad   []string `json:"bad,omitempty"`
	// Measure compares quantities that are said about the topic.
	Measure *MeasureSpec `json:"measure,omitempty"`
	// Evaluative topics are matters of feeling: praise and blame are weighed
	// by people, and a difference is a sentiment split.
	Evaluative bool `json:"evaluative,omitempty"`
	// Factual ones are also matters of fact: a difference without a word of
	// blame is a contradiction.
	Factual bool `json:"factual,omitempty"`
	// From limits praise and blame in general words to these groups.
	From []Group `json:"from,omitempty"`
	// Strict topics are decided by their own cues only, never by the mood of
	// a sentence that names them.
	Strict bool `json:"strict,omitempty"`
	// Provable says how far a topic is a matter of record, from 0 to 1 or true
	// for 1: a claim on one that is, and that nobody speaks of, is unsupported.
	// Silence on other topics says little.
	Provable proof `json:"provable,omitempty"`
	// Last topics take a claim only when no other topic does.
	Last   bool   `json:"last,omitempty"`
	Advice string `json:"advice,omitempty"`
}

// proof is a share, which may also be written as true or false.
type proof float64

func (p *proof) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "true":
		*p = 1
	case "false":
		*p = 0
	default:
		if err := json.Unmarshal(data, (*float64)(p)); err != nil || *p < 0 || *p > 1 {
			return fmt.Errorf("provable: want true, false or a number from 0 to 1, not %s", data)
		}
	}
	return nil
}

// MeasureSpec says which quantity a topic is measured by.
type MeasureSpec struct {
	Dim string `json:"dim"`
	// Better is "less" or "more".
	Better string `json:"better"`
	// Points makes a difference of so many points a mismatch, instead of the
	// usual ratio.
	Points float64 `json:"points,omitempty"`
	// MaxDays is the longest duration that is still about this topic; 0 is any.
	MaxDays float64 `json:"max_days,omitempty"`
	// Secondary measures decide the kind only when nobody says it in words.
	Secondary bool `json:"secondary,omitempty"`
	// Nouns are the lemmas a count must be of; none means any.
	Nouns []string `json:"nouns,omitempty"`
}

// catalogueFile is one file of the catalogue.
type catalogueFile struct {
	// Words are classes that cues name by "@".
	Words map[string]string `json:"words"`
	// Concepts are words that mean the same outside the topics.
	Concepts []string    `json:"concepts"`
	Topics   []TopicSpec `json:"topics"`
}

type measure struct {
	dim    dimension
	more   bool
	points float64
	most   float64 // longest duration in seconds, 0 is any
	nouns  map[string]bool
	fee    bool // a percentage that is a price
	kept   bool // how long something is kept
}

type topic struct {
	TopicSpec
	measure *measure
	from    map[Group]bool
}

// Catalogue is the compiled set of topics. It does not change after it is
// made and is safe for concurrent use.
type Catalogue struct {
	topics   []topic
	byID     map[string]int
	classes  map[string][]string
	elements *elementTable
	patterns []pattern
	byAnchor [][]int
	mood     moods
	concepts map[string][]int    // by lemma
	kinds    map[string][]string // word classes by lemma
	sense    *sense
	speaks   *forest // that a sentence speaks of a claim
	denies   *forest // that such a sentence denies it
	disputed *forest // that all voices together gainsay it
	silent   *forest // that nobody proves what should be proved
	vectors  *gist.Model
	names    []string // of the classes that a stretch may be about
	salts    []uint64 // of the names, see [saltOf]
	classOf  []int    // class of each topic
	topicOf  []int    // first topic of each class, -1 for none
	groups   int
	hash     string
}

// DefaultCatalogue compiles the embedded catalogue together with the user's
// own files, in the order given. A topic of a user's file with the ID of an
// earlier one adds its cues to it. Errors name the line or the topic.
func DefaultCatalogue(extra ...[]byte) (*Catalogue, error) {
	files, err := catalogueFiles()
	if err != nil {
		return nil, err
	}
	c, err := newCatalogue(append(files, extra...))
	if err != nil {
		return nil, err
	}
	if err := c.learn(); err != nil {
		return nil, err
	}
	return c, nil
}

// learn takes in what was learnt from examples and from labelled partners.
func (c *Catalogue) learn() (err error) {
	if c.sense, err = readSense(embeddedSense); err != nil {
		return err
	}
	if err := c.readForests(embeddedForests); err != nil {
		return err
	}
	c.collectNames()
	return nil
}

func catalogueFiles() ([][]byte, error) {
	names, err := fs.Glob(embedded, "catalogue/*.json")
	if err != nil {
		return nil, fmt.Errorf("list topic catalogue: %w", err)
	}
	slices.Sort(names)
	var files [][]byte
	for _, name := range names {
		data, err := embedded.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read topic catalogue: %w", err)
		}
		files = append(files, data)
	}
	return files, nil
}

func newCatalogue(files [][]byte) (*Catalogue, error) {
	c := &Catalogue{byID: map[string]int{}, classes: map[string][]string{}, elements: newElementTable(),
		concepts: map[string][]int{}, hash: hashOf(files...)}
	for _, data := range files {
		f, err := parseCatalogue(data)
		if err != nil {
			return nil, err
		}
		for name, words := range f.Words {
			c.classes[name] = append(c.classes[name], splitWords(words)...)
		}
		for _, list := range f.Concepts {
			c.groups++
			for w := range wordSet(list) {
				if l := lemma(w); !slices.Contains(c.concepts[l], c.groups) {
					c.concepts[l] = append(c.concepts[l], c.groups)
				}
			}
		}
		here := map[string]bool{}
		for _, spec := range f.Topics {
			id := cmp.Or(spec.ID, spec.Topic)
			if here[id] {
				return nil, fmt.Errorf("read topics: topic %q is there twice; give one an id", id)
			}
			here[id] = true
			if err := c.merge(spec); err != nil {
				return nil, err
			}
		}
	}
	for i := range c.topics {
		if err := c.compile(i); err != nil {
			return nil, err
		}
	}
	c.byAnchor = make([][]int, len(c.elements.names))
	for id, p := range c.patterns {
		c.byAnchor[p.anchor] = append(c.byAnchor[p.anchor], id)
	}
	var err error
	if c.vectors, err = gist.New(); err != nil {
		return nil, err
	}
	if c.mood, err = newMoods(c.classes); err != nil {
		return nil, err
	}
	c.collectKinds()
	return c, nil
}

// parseCatalogue reads one file, which must hold nothing else.
func parseCatalogue(data []byte) (f catalogueFile, err error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var syntax *json.SyntaxError
	if err := json.Unmarshal(data, new(json.RawMessage)); errors.As(err, &syntax) {
		return f, fmt.Errorf("read topics, line %d: %w", lineOf(data, int(syntax.Offset)), err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return f, fmt.Errorf("read topics: %w", err)
	}
	if f.Topics == nil && f.Words == nil && f.Concepts == nil {
		return f, errors.New("read topics: there are none")
	}
	return f, nil
}

func (c *Catalogue) merge(spec TopicSpec) error {
	if spec.Topic == "" {
		return errors.New("read topics: a topic needs a name")
	}
	spec.ID = cmp.Or(spec.ID, spec.Topic)
	if strings.ContainsFunc(spec.Topic+spec.ID, unicode.IsSpace) {
		return fmt.Errorf("read topic %q: a name has no spaces, the title has", spec.ID)
	}
	for _, g := range spec.From {
		if !g.known() {
			return fmt.Errorf("read topic %q: unknown group %q", spec.ID, g)
		}
	}
	at, ok := c.byID[spec.ID]
	if !ok {
		c.byID[spec.ID] = len(c.topics)
		c.topics = append(c.topics, topic{TopicSpec: spec})
		return nil
	}
	t := &c.topics[at]
	t.About = append(t.About, spec.About...)
	t.Good = append(t.Good, spec.Good...)
	t.Bad = append(t.Bad, spec.Bad...)
	if spec.Measure != nil {
		t.Measure = spec.Measure
	}
	if spec.Advice != "" {
		t.Advice = spec.Advice
	}
	return nil
}

func (c *Catalogue) compile(i int) error {
	t := &c.topics[i]
	if t.Title == "" {
		t.Title = plainName(t.Topic)
	}
	if len(t.From) > 0 {
		t.from = map[Group]bool{}
		for _, g := range t.From {
			t.from[g] = true
		}
	}
	if m := t.Measure; m != nil {
		dim, ok := dimensionNames[m.Dim]
		if !ok || m.Better != "less" && m.Better != "more" {
			return fmt.Errorf("read topic %q: unknown measure %q, better %q", t.ID, m.Dim, m.Better)
		}
		if m.Points < 0 || m.MaxDays < 0 {
			return fmt.Errorf("read topic %q: points and max_days must not be below 0", t.ID)
		}
		t.measure = &measure{dim: dim, more: m.Better == "more", points: m.Points, most: m.MaxDays * day}
		if len(m.Nouns) > 0 {
			t.measure.nouns = map[string]bool{}
			for _, n := range m.Nouns {
				words, err := expand(n, c.classes, 0)
				if err != nil {
					return fmt.Errorf("read topic %q: %w", t.ID, err)
				}
				for _, w := range words {
					t.measure.nouns[lemma(w)] = true
				}
			}
		}
	}
	for _, list := range []struct {
		value int8
		cues  []string
	}{{0, t.About}, {1, t.Good}, {-1, t.Bad}} {
		for _, written := range list.cues {
			p, err := c.elements.compile(written, c.classes)
			if err != nil {
				return fmt.Errorf("read topic %q: %w", t.ID, err)
			}
			p.topic, p.value = i, list.value
			c.patterns = append(c.patterns, p)
		}
	}
	if len(t.About)+len(t.Good)+len(t.Bad) == 0 {
		return fmt.Errorf("read topic %q: without a cue in about, good or bad nothing is of it", t.ID)
	}
	return nil
}

// titleOf is what people call the subject of a claim.
func (c *Catalogue) titleOf(cl *claim) string {
	if cl.topic >= 0 {
		return c.topics[cl.topic].Title
	}
	return plainName(cl.name)
}

// plainName writes a name of words as words.
func plainName(name string) string { return strings.ReplaceAll(name, "_", " ") }

// collectNames numbers the classes: those of the examples, then topics that
// have cues only.
func (c *Catalogue) collectNames() {
	c.names = slices.Clone(c.sense.topics.classes)
	for i := range c.topics {
		k := slices.Index(c.names, c.topics[i].Topic)
		if k < 0 {
			k = len(c.names)
			c.names = append(c.names, c.topics[i].Topic)
		}
		c.classOf = append(c.classOf, k)
	}
	for k, name := range c.names {
		c.salts = append(c.salts, saltOf(name))
		c.topicOf = append(c.topicOf, slices.Index(c.classOf, k))
	}
}
