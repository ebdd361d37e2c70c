package consistency

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed examples/*.txt
var embeddedExamples embed.FS

// example is a sentence with what it says: the topic, and from the partner's
// point of view +1 praise, -1 blame, 0 neither.
type example struct {
	topic string
	value int
	text  string
	// weight is how much it counts.
	weight float64
}

// noTopic is the class of sentences that speak of nothing in the catalogue.
const noTopic = "none"

// anyTopic marks sentences that praise or blame whatever they speak of. They
// teach the stance alone.
const anyTopic = "any"

// parseExamples reads a file of examples: "# topic" opens a topic, and "+",
// "-" or "=" stands before each sentence.
func parseExamples(name, data string) ([]example, error) {
	var all []example
	topic, n := "", 0
	for line := range strings.Lines(data) {
		n++
		mark, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		value, ok := map[string]int{"+": 1, "-": -1, "=": 0}[mark]
		switch {
		case mark == "":
		case mark == "#":
			topic = text
		case !ok || topic == "" || text == "":
			return nil, fmt.Errorf("read examples %s:%d: want \"# topic\", or a sentence after +, - or =", name, n)
		default:
			all = append(all, example{topic: topic, value: value, text: text, weight: 1})
		}
	}
	return all, nil
}

// The sentences of whole partners are as people speak; they count more than
// those that were written as examples.
const (
	partnersFile   = "examples/partners.txt"
	partnersWeight = 3
)

// claimsFiles begins the names of the files that hold claims, each with
// statements that bear it out, deny it, or do neither.
const claimsFiles = "examples/claims"

// readExamples reads the files but those whose names begin with one of skip.
func readExamples(skip ...string) ([]example, error) {
	names, err := fs.Glob(embeddedExamples, "examples/*.txt")
	if err != nil {
		return nil, fmt.Errorf("list examples: %w", err)
	}
	slices.Sort(names)
	var all []example
	for _, name := range names {
		if slices.ContainsFunc(skip, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			continue
		}
		data, err := embeddedExamples.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read examples: %w", err)
		}
		more, err := parseExamples(name, string(data))
		if err != nil {
			return nil, err
		}
		if name == partnersFile {
			for i := range more {
				more[i].weight = partnersWeight
			}
		}
		all = append(all, more...)
	}
	return all, nil
}
