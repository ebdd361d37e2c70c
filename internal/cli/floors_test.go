package cli

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// floors is the map of the house. A room may import rooms on lower floors
// only. Change this table, README's list of rooms and .golangci.yml together.
var floors = map[string]int{
	"tpe":    0,
	"pgtest": 0, // for tests only
	"tape":   0,
	"gist":   0,
	"amazon": 0,
	"frames": 0,
	"spool":  0,

	"confidence":  1,
	"config":      1,
	"consistency": 1,
	"match":       1,
	"media":       1,
	"person":      1,
	"redact":      1,
	"schema":      1,
	"source":      1,
	"transcript":  1,
	"upcast":      1,

	"auth":   2,
	"bucket": 2,
	"coach":  2,
	"dynamo": 2,
	"depot":  2,
	"lake":   2,
	"notify": 2,
	"sqldb":  2,

	"compact":   3,
	"demo":      3,
	"embedding": 3,
	"erase":     3,
	"mirror":    3,
	"jobs":      3,
	"judge":     3,
	"outbox":    3,
	"migrate":   3,
	"finetune":  3,
	"ship":      3,
	"validate":  3,

	"api": 4,

	"bench": 5,
	"cli":   5,
}

const module = "github.com/power100/tpe/"

func TestFloors(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		room, _, _ := strings.Cut(filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator))), "/")
		floor, ok := floors[room]
		if !ok {
			t.Errorf("room %s is not on the map", room)
			return nil
		}
		seen[room] = true
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, imp := range file.Imports {
			name, _ := strconv.Unquote(imp.Path.Value)
			inner, ok := strings.CutPrefix(name, module+"internal/")
			if !ok {
				continue
			}
			other, _, _ := strings.Cut(inner, "/")
			if other != room && floors[other] >= floor {
				t.Errorf("%s (floor %d) imports %s (floor %d)", path, floor, other, floors[other])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for room := range floors {
		if !seen[room] {
			t.Errorf("room %s is on the map and has no code", room)
		}
	}
}

// The top level holds what the frame allows and nothing else.
func TestTopLevel(t *testing.T) {
	allowed := map[string]bool{
		"cmd": true, "internal": true, "schemas": true, "testdata": true, "go.mod": true, "go.sum": true,
		"Makefile": true, "README.md": true, "LICENSE": true, "CHANGELOG.md": true,
		"bin": true, // built, not kept
	}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !allowed[e.Name()] && !strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s is not part of the frame", e.Name())
		}
	}
}
