package schema

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestEventsPage fails when the page in schemas does not say what the schemas
// say.
func TestEventsPage(t *testing.T) {
	var page bytes.Buffer
	if err := openDefault(t).Markdown(&page); err != nil {
		t.Fatal(err)
	}
	const name = "../../schemas/EVENTS.md"
	have, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(have, page.Bytes()) {
		t.Error("schemas/EVENTS.md is stale; write it again with: tpe schema docs > schemas/EVENTS.md")
	}
}

func TestMarkdownOfOtherSchemas(t *testing.T) {
	s, err := Open(folder(map[string]string{
		"interaction.schema.json": `{"title":"Base","description":"All.","properties":{"a":{"type":"string","description":"One | two.","minLength":2},"o":{"type":"object","description":"Inner.","properties":{"x":{"description":"X."}}}}}`,
		"one.schema.json":         `{"title":"One","description":"Written once. And more.","required":["a","o"],"properties":{"interaction_type":{"const":"one"},"o":{"required":["x"],"maxProperties":9},"e":{"enum":["p","q"]},"l":{"type":"array","minItems":1,"items":{"type":"object","properties":{"n":{"type":"number","minimum":0}}}}}}`,
		"two.schema.json":         `{"title":"Two","description":"Written twice.","examples":[{"a":"b"}]}`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := s.Markdown(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| [`one`](#one) | Written once. |\n",
		"| `a` | string |  | at least 2 characters | One \\| two. |\n| `o` | object |  |  | Inner. |\n| `o.x` | any |  |  | X. |\n\n## one",
		"**One.** Written once. And more.\n",
		"| `o` | object | yes |  | Inner. |\n| `o.x` | any | yes |  | X. |\n| `e` | string |  | `p`, `q` |  |\n| `l` | array of object |  | not empty |  |\n| `l[].n` | number |  | ≥ 0 |  |\n| `a` | string | yes | at least 2 characters | One \\| two. |\n\n## two",
		"## two\n\n**Two.** Written twice.\n\nNo fields of its own.\n\n```json\n{\n  \"a\": \"b\"\n}\n```\n",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("missing:\n%s\nin:\n%s", want, page.String())
		}
	}
}
