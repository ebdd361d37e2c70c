package schema

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// suiteGroup is one schema of the official suite with its cases.
type suiteGroup struct {
	Description string
	Schema      json.RawMessage
	Tests       []struct {
		Description string
		Data        json.RawMessage
		Valid       bool
	}
}

// remotes answers for http://localhost:1234/ in the suite.
type remotes struct{ fs.FS }

func (r remotes) Load(url string) (any, error) {
	name, ok := strings.CutPrefix(url, "http://localhost:1234/")
	if !ok {
		return nil, fmt.Errorf("%s is not part of the suite", url)
	}
	text, err := fs.ReadFile(r.FS, name)
	if err != nil {
		return nil, err
	}
	return decode(file{name, text})
}

// TestSuite holds the fast path against the library, and the library against
// the verdict that is written there, over every case of the official suite.
func TestSuite(t *testing.T) {
	root := filepath.Join("testdata", "jsonschema-suite")
	var valid, fast, cases int
	for _, folder := range []string{"required", "format"} {
		names, err := filepath.Glob(filepath.Join(root, folder, "*.json"))
		if err != nil || len(names) == 0 {
			t.Fatal("the suite is not there", err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var groups []suiteGroup
			if err := json.Unmarshal(text, &groups); err != nil {
				t.Fatal(name, err)
			}
			for i, g := range groups {
				c := newCompiler(remotes{os.DirFS(filepath.Join(root, "remotes"))})
				url := fmt.Sprintf("file:///%s/%d.json", filepath.Base(name), i)
				doc, err := decode(file{url, g.Schema})
				if err != nil {
					t.Fatal(name, g.Description, err)
				}
				if err := c.AddResource(url, doc); err != nil {
					t.Fatal(name, g.Description, err)
				}
				schema, err := c.Compile(url)
				if err != nil {
					t.Fatal(name, g.Description, err)
				}
				p := compile(schema)
				for _, test := range g.Tests {
					var tp tape.Tape
					if err := tp.Parse(test.Data); err != nil {
						t.Fatal(name, g.Description, test.Description, err)
					}
					cases++
					says := schema.Validate(tree(&tp, 0)) == nil
					took := p.accepts(&tp, 0)
					if took && !says {
						t.Errorf("%s: %s: %s: the fast path accepts what the library refuses", name, g.Description, test.Description)
					}
					// Formats are rules here, and notes in format.json.
					if says != test.Valid && filepath.Base(name) != "format.json" {
						t.Errorf("%s: %s: %s: the library says %v", name, g.Description, test.Description, says)
					}
					if says {
						valid++
						if took {
							fast++
						}
					}
				}
			}
		}
	}
	t.Logf("%d cases, %d valid ones, %d of them by the fast path", cases, valid, fast)
	if fast*10 < valid*5 {
		t.Errorf("the fast path takes only %d of %d valid cases: the comparison says little", fast, valid)
	}
}
