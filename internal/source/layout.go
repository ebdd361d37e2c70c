package source

import "strings"

// Layout says how the records of a file are expected to lie, by its name.
// The content decides in the end.
type Layout uint8

// The layouts.
const (
	LayoutUnknown  Layout = iota // the name says nothing
	LayoutLines                  // .ndjson, .jsonl: one record a line
	LayoutDocument               // .json: one record, or an array of them
)

// liveSuffix ends the name of a segment that a process is still writing.
const liveSuffix = ".open"

// layoutOf reads the layout from the name of a file. LayoutUnknown means
// that a walk passes the file by.
func layoutOf(name string) Layout {
	name = strings.ToLower(name)
	name = strings.TrimSuffix(name, liveSuffix)
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	switch {
	case strings.HasSuffix(name, ".ndjson"), strings.HasSuffix(name, ".jsonl"):
		return LayoutLines
	case strings.HasSuffix(name, ".json"):
		return LayoutDocument
	}
	return LayoutUnknown
}
