package lake

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// A segment's file name is <time>-<writer>-<seq> and the state as the
// ending. The time is that of its creation; the writer is drawn at random by
// each one, so that no two writers ever choose the same name.
const (
	nameTime   = "20060102T150405Z"
	openEnding = ".ndjson.open"
	zstdEnding = ".ndjson.zst"
	rawEnding  = ".ndjson"
	idxEnding  = ".idx"
	tmpEnding  = ".tmp"
)

// namer makes the names of one writer's files.
type namer struct {
	writer string // 8 hexadecimal digits
	seq    atomic.Uint32
}

func newNamer() *namer {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails, by its contract
	return &namer{writer: hex.EncodeToString(b[:])}
}

// next returns a name that was never used.
func (n *namer) next(now time.Time) string {
	return fmt.Sprintf("%s-%s-%06d", now.UTC().Format(nameTime), n.writer, n.seq.Add(1))
}

// made says whether a name is one of the namer's own.
func (n *namer) made(name string) bool {
	_, rest, _ := strings.Cut(name, "-")
	return strings.HasPrefix(rest, n.writer+"-")
}

// State says how far a segment is.
type State string

// The states of a segment.
const (
	StateOpen    State = "open"    // a live process is writing to it, or it waits to be recovered
	StateSealed  State = "sealed"  // it never changes again
	StateForeign State = "foreign" // a file that no writer of this kind made
)

// splitName reads the name of a segment's file. It is false for files that
// are no segments, temporary ones included.
func splitName(file string) (name string, state State, ok bool) {
	switch {
	case strings.HasSuffix(file, openEnding):
		name, state = strings.TrimSuffix(file, openEnding), StateOpen
	case strings.HasSuffix(file, zstdEnding):
		name, state = strings.TrimSuffix(file, zstdEnding), StateSealed
	case strings.HasSuffix(file, rawEnding):
		name, state = strings.TrimSuffix(file, rawEnding), StateSealed
	default:
		return "", "", false
	}
	return name, state, isSegmentName(name)
}

// isSegmentName reports whether name could have come from a namer.
func isSegmentName(name string) bool {
	parts := strings.Split(name, "-")
	if len(parts) != 3 || len(parts[1]) != 8 || len(parts[2]) < 6 || len(parts[2]) > 12 {
		return false
	}
	if _, err := time.Parse(nameTime, parts[0]); err != nil || len(parts[0]) != len(nameTime) {
		return false
	}
	return consistsOf(parts[1], "0123456789abcdef") && consistsOf(parts[2], "0123456789")
}

func consistsOf(s, set string) bool { return strings.Trim(s, set) == "" }

// rawFolder returns the folder of a day in raw.
func (l *Lake) rawFolder(day Day) string {
	return l.path(rawFolder, filepath.FromSlash(day.Folder()))
}

// rawPath returns the path of a segment's file in raw.
func (l *Lake) rawPath(day Day, name, ending string) string {
	return filepath.Join(l.rawFolder(day), name+ending)
}

// indexPath returns the path of the index of a segment.
func (l *Lake) indexPath(day Day, name string) string {
	return l.path(indexFolder, filepath.FromSlash(day.Folder()), name+idxEnding)
}

// tmpName returns a new name for a temporary file beside path.
func tmpName(path string) string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails, by its contract
	return path + "." + hex.EncodeToString(b[:]) + tmpEnding
}
