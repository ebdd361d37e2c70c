package consistency

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// embeddedExamples are what heads are fitted to: all files but examples/cl*, the
// many that were written on claims and those that bear on none. A server that is
// asked for vectors would wait for more than half as many texts again.
//
//go:embed examples/[^c]*.txt examples/c[^l]*.txt
var embeddedExamples embed.FS

// example is a sentence with what it says: the topic, and from the partner's
// point of view +1 praise, -1 blame, 0 neither.
type example struct {
	file  string
	topic string
	value int
	text  string
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
			all = append(all, example{file: name, topic: topic, value: value, text: text})
		}
	}
	return all, nil
}

// readExamples reads the files of examples that a file system holds.
func readExamples(files fs.FS) ([]example, error) {
	names, err := fs.Glob(files, "examples/*.txt")
	if err != nil {
		return nil, fmt.Errorf("list examples: %w", err)
	}
	slices.Sort(names)
	var all []example
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read examples: %w", err)
		}
		more, err := parseExamples(name, string(data))
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}
