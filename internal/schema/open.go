package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
	"github.com/power100/tpe/schemas"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const (
	suffix   = ".schema.json"
	baseName = "interaction"
)

// TypeInfo is what a schema file says about itself.
type TypeInfo struct {
	Name        string // the file's name without .schema.json: the type
	Title       string
	Description string // when a record of the type is written
	JSON        []byte // the file; not to be changed
}

// Default returns the contract that is built in.
func Default() (*Set, error) { return Open(schemas.FS) }

// Open compiles the schema files of a folder: interaction.schema.json, which
// every record must fulfil, and <type>.schema.json beside it. A folder with
// one schema file alone makes a set without types. The error is a *tpe.Error:
// NotFound when there is no schema, Misuse when one is not valid.
func Open(fsys fs.FS) (*Set, error) {
	names, err := fs.Glob(fsys, "*"+suffix)
	if err != nil {
		return nil, fmt.Errorf("list schemas: %w", err)
	}
	if len(names) == 0 {
		return nil, &tpe.Error{Code: tpe.NotFound, Message: "no schema found", Hint: "the folder needs an " + baseName + suffix}
	}
	if len(names) > 1 && !slices.Contains(names, baseName+suffix) {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "no " + baseName + suffix + " among several schemas", Hint: "it holds what every record must fulfil"}
	}
	files := make([]file, 0, len(names))
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read schema %s: %w", name, err)
		}
		files = append(files, file{name, text})
	}
	return build(files)
}

// Single compiles one schema, which every record must fulfil. The name is for
// messages. Errors are those of Open.
func Single(name string, text []byte) (*Set, error) {
	return build([]file{{path.Base(name), text}})
}

type file struct {
	name string
	text []byte
}

// build compiles the files. A file alone is the base, whatever its name.
func build(files []file) (*Set, error) {
	compiled, err := load(files)
	if err != nil {
		return nil, err
	}
	set := &Set{types: make(map[string]*contract), when: make(conditions)}
	baseAt := slices.IndexFunc(files, func(f file) bool { return f.name == baseName+suffix || len(files) == 1 })
	base := compiled[baseAt]
	set.base = &contract{fast: compile(base), slow: []*jsonschema.Schema{base}}
	for i, f := range files {
		set.when.collect(compiled[i])
		info, err := describe(f)
		if err != nil {
			return nil, err
		}
		if i == baseAt {
			set.about = info
			continue
		}
		set.infos = append(set.infos, info)
		set.types[info.Name] = &contract{name: info.Name, fast: compile(base, compiled[i]), slow: []*jsonschema.Schema{base, compiled[i]}}
	}
	slices.SortFunc(set.infos, byContract)
	return set, nil
}

// byContract sorts the types that the contract names as it does, and others
// by name after them.
func byContract(a, b TypeInfo) int {
	order := tpe.Types()
	i, j := slices.Index(order, a.Name), slices.Index(order, b.Name)
	switch {
	case i >= 0 && j >= 0:
		return i - j
	case i >= 0:
		return -1
	case j >= 0:
		return 1
	default:
		return strings.Compare(a.Name, b.Name)
	}
}

// load compiles each file by the library. Files may refer to each other by
// $id or by name, and to nothing else.
func load(files []file) ([]*jsonschema.Schema, error) {
	c := newCompiler(noLoader{})
	urls := make([]string, len(files))
	for i, f := range files {
		doc, err := decode(f)
		if err != nil {
			return nil, err
		}
		urls[i] = "file:///" + f.name
		if obj, ok := doc.(map[string]any); ok {
			if id, ok := obj["$id"].(string); ok && strings.Contains(id, "://") {
				urls[i], _, _ = strings.Cut(id, "#")
			}
		}
		if err := c.AddResource(urls[i], doc); err != nil {
			return nil, invalid(f, err)
		}
	}
	compiled := make([]*jsonschema.Schema, len(files))
	for i, url := range urls {
		var err error
		if compiled[i], err = c.Compile(url); err != nil {
			return nil, invalid(files[i], err)
		}
	}
	return compiled, nil
}

// newCompiler returns the library as it is used here: JSON Schema 2020-12
// unless a schema says otherwise, and formats are rules.
func newCompiler(loader jsonschema.URLLoader) *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.UseLoader(loader)
	return c
}

func invalid(f file, err error) error {
	return &tpe.Error{Code: tpe.Misuse, Message: f.name + " is not a valid JSON Schema", Err: err}
}

// decode reads a schema file as strictly as a record.
func decode(f file) (any, error) {
	var t tape.Tape
	if err := t.Parse(bytes.TrimPrefix(f.text, []byte("\xef\xbb\xbf"))); err != nil {
		return nil, invalid(f, err)
	}
	return tree(&t, 0), nil
}

func describe(f file) (TypeInfo, error) {
	info := TypeInfo{Name: strings.TrimSuffix(f.name, suffix), JSON: f.text}
	var head struct{ Title, Description string }
	if err := json.Unmarshal(f.text, &head); err != nil && f.text[0] == '{' {
		return info, invalid(f, err)
	}
	info.Title, info.Description = head.Title, head.Description
	return info, nil
}

// errNoLoader says that a schema refers to a document outside its folder.
var errNoLoader = errors.New("it refers to a schema that is not in the folder; nothing is fetched")

// noLoader keeps the library from opening files and connections.
type noLoader struct{}

// Load always returns errNoLoader.
func (noLoader) Load(string) (any, error) { return nil, errNoLoader }

// Types returns what the contract says of each type: those of tpe.Types in
// their order, then others by name. It is empty for a set of one schema.
func (s *Set) Types() []TypeInfo { return slices.Clone(s.infos) }

// Base returns what the contract says of every record.
func (s *Set) Base() TypeInfo { return s.about }
