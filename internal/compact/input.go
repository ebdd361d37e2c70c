package compact

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// input is one file of raw records of a day. There may be a million: it is
// kept small.
type input struct {
	name    string // relative to raw, with slashes
	bytes   int64
	foreign *foreign // nil for a sealed segment
	from    *place
	etag    uint64 // of an object, as it was listed: a hash of it
}

// place is where raw files lie.
type place struct {
	folder string   // on the disk
	remote *objects // nil when they are on the disk
}

// foreign is what matters of a file that no writer of the lake made: it may
// change, and may hold records of several days.
type foreign struct {
	modified int64         // nanoseconds since 1970
	home     lake.Day      // for records that tell no time
	believed bool          // to hold records of its home alone; nobody has looked
	total    int64         // records of all days
	kept     []source.Item // what it holds, when that is little; nil: read the file
}

// kept returns what the file holds, when it is kept.
func (in *input) kept() []source.Item {
	if in.foreign == nil {
		return nil
	}
	return in.foreign.kept
}

// items yields what the file holds. path is what open returned.
func (in *input) items(ctx context.Context, r *source.Reader, path string) iter.Seq[source.Item] {
	if kept := in.kept(); kept != nil {
		return slices.Values(kept)
	}
	return r.FileItems(ctx, source.File{Path: path})
}

// path returns the file on the disk.
func (in *input) path() string { return filepath.Join(in.from.folder, filepath.FromSlash(in.name)) }

// open returns the path of the file, which it brings to the disk when it is
// not there and needed. release lets go of it.
func (in *input) open(ctx context.Context) (path string, release func(), err error) {
	if in.from.remote == nil || in.kept() != nil {
		return in.path(), func() {}, nil
	}
	return in.from.remote.fetch(ctx, in.name)
}

// segmentPath recognises the sealed segments, all of whose records lie on
// the day of their folder.
var segmentPath = regexp.MustCompile(`^year=\d{4}/month=\d\d/day=\d\d/\d{8}T\d{6}Z-[0-9a-f]{8}-\d{6,12}\.ndjson(\.zst)?$`)

// datedPath finds the day in the path of any file.
var datedPath = regexp.MustCompile(`^(?:year=)?(\d{4})/(?:month=)?(\d\d)/(?:day=)?(\d\d)/`)

// dayIn returns the day in a path; false when it has none, or none of the
// calendar.
func dayIn(path string) (lake.Day, bool) {
	m := datedPath.FindStringSubmatch(path)
	if m == nil {
		return 0, false
	}
	day, err := lake.ParseDay(m[1] + "-" + m[2] + "-" + m[3])
	return day, err == nil
}

// days is a range of days, both ends included.
type days struct{ first, last lake.Day }

func (d days) has(day lake.Day) bool { return day >= d.first && day <= d.last }

// around reports whether the day is in the range or next to it.
func (d days) around(day lake.Day) bool { return day >= d.first-1 && day <= d.last+1 }

// rawFiles yields the files of raw records below a folder. Open segments are
// passed by.
func rawFiles(raw string) iter.Seq2[input, error] {
	return func(yield func(input, error) bool) {
		if _, err := os.Stat(raw); os.IsNotExist(err) {
			return
		}
		files, err := source.Find([]string{raw})
		if err != nil {
			yield(input{}, err)
			return
		}
		from := &place{folder: raw}
		for f, err := range files {
			if f.Live && err == nil {
				continue
			}
			if err == nil && !utf8.ValidString(f.Rel) {
				err = &tpe.Error{Code: tpe.Invalid, Message: fmt.Sprintf("the name raw/%q is not UTF-8, and no manifest can hold it", f.Rel), Hint: "rename the file"}
			}
			if !yield(input{name: f.Rel, bytes: f.Size, from: from, foreign: &foreign{modified: f.Time.UnixNano()}}, err) {
				return
			}
		}
	}
}

// inputsOf finds the files that hold records of each day in the range. The
// days of a foreign file come from the manifests when it has not changed
// since, else from reading it. Who is believing takes large files that no
// manifest knows for what the names of their folders say. A file that cannot
// be looked at damages the day in its path.
func inputsOf(ctx context.Context, files iter.Seq2[input, error], r days, known inForce, believing bool) (map[lake.Day][]input, error) {
	census := census{reader: source.NewReader(source.Options{}), known: knownFiles(known.manifests), seen: map[lake.Day]bool{}}
	out := map[lake.Day][]input{}
	var names names
	var last homeFolder
	for in, err := range files {
		if day, ok := dayIn(in.name + "/"); err != nil && ok {
			if r.has(day) && known.damaged[day] == nil {
				known.damaged[day] = &tpe.Error{Code: tpe.Invalid, Message: "raw/" + in.name + " cannot be read", Err: err, Hint: cmp.Or(tpe.HintOf(err), "repair or remove it, then run it again")}
			}
			continue
		}
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, fmt.Errorf("list raw records: %w", err)
		}
		home := last.of(in.name)
		if segmentPath.MatchString(in.name) {
			if home.real && r.has(home.day) {
				in.name, in.foreign = names.keep(in.name), nil
				out[home.day] = append(out[home.day], in)
			}
			continue
		}
		// The old service named folders by its local day: one off at most.
		if home.real && !r.around(home.day) {
			continue
		}
		_, seen := census.known[in.name]
		in.foreign.home = home.day
		in.foreign.believed = believing && home.real && !seen && r.has(home.day) && in.bytes > keptFile
		found, err := census.of(ctx, &in)
		if err != nil {
			return nil, err
		}
		for _, day := range found {
			if r.has(day) {
				own := *in.foreign // each day lets go of what is kept when it is done
				in.foreign = &own
				out[day] = append(out[day], in)
			}
		}
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b input) int { return cmp.Compare(a.name, b.name) })
	}
	return out, nil
}

// homeFolder is the folder of the file before, and the day in its path.
type homeFolder struct {
	path string
	day  lake.Day
	real bool // the path has a day, and one of the calendar
}

// of returns the folder of a file.
func (f *homeFolder) of(name string) homeFolder {
	if dir := name[:strings.LastIndexByte(name, '/')+1]; dir != f.path {
		f.path = dir
		f.day, f.real = dayIn(dir)
	}
	return *f
}

// names keeps many short texts in few pieces of memory.
type names struct{ last *strings.Builder }

// keep returns a copy of a text.
func (n *names) keep(text string) string {
	if n.last == nil || n.last.Cap()-n.last.Len() < len(text) {
		n.last = &strings.Builder{}
		n.last.Grow(max(namesPiece, len(text)))
	}
	at := n.last.Len()
	n.last.WriteString(text)
	return n.last.String()[at:]
}

// namesPiece is the size in bytes of a piece.
const namesPiece = 64 << 10

// census finds the days on which foreign files have records.
type census struct {
	reader *source.Reader
	known  map[string]knownFile
	tape   tape.Tape
	seen   map[lake.Day]bool // days of the file at hand
	kept   int               // bytes of records that are kept
}

// What a census keeps of small files, so that they are not opened twice.
const (
	keptFile  = 16 << 10 // bytes of the largest file
	keptBytes = 24 << 20 // of all
)

// of returns the days of a file. A file with places that are no records also
// counts for its home day, where they are reported.
func (c *census) of(ctx context.Context, in *input) ([]lake.Day, error) {
	if k, ok := c.known[in.name]; ok && k.bytes == in.bytes && k.modified == in.foreign.modified && k.records == k.total {
		in.foreign.total = k.total
		return k.days, nil
	}
	if in.foreign.believed {
		return []lake.Day{in.foreign.home}, nil
	}
	path, release, err := in.open(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	keep := in.bytes <= keptFile && c.kept < keptBytes
	var kept []source.Item
	clear(c.seen)
	last := lake.Day(0)
	for chunk := range c.reader.FileChunks(ctx, source.File{Path: path}) {
		keep = keep && c.kept < keptBytes
		for it := range chunk.Items() {
			day := in.foreign.home
			if it.Err == nil {
				in.foreign.total++
				day = in.foreign.dayOf(it.Data, peekTime(it.Data), &c.tape)
			}
			if day != last || len(c.seen) == 0 {
				c.seen[day], last = true, day
			}
			if keep = keep && it.Err == nil; keep {
				kept = append(kept, it)
			}
		}
		if !keep {
			chunk.Release()
			continue
		}
		c.kept += chunk.Size()
	}
	if keep && ctx.Err() == nil {
		in.foreign.kept = kept
	}
	return slices.Sorted(maps.Keys(c.seen)), ctx.Err()
}

// dayOf returns the day of UTC on which a record lies. ms is what peekTime
// makes of it.
func (f *foreign) dayOf(record []byte, ms int64, t *tape.Tape) lake.Day {
	if ms != noTime {
		return lake.DayOf(time.UnixMilli(ms))
	}
	if t.Parse(record) != nil {
		return f.home
	}
	n, ok := t.Find(timeName)
	if !ok || t.Kind(n) != tape.KindString {
		return f.home
	}
	if ms, ok := tpe.TimeMillis(t.Bytes(n)); ok {
		return lake.DayOf(time.UnixMilli(ms))
	}
	return f.home
}

// knownFile is what the manifests say of a foreign file.
type knownFile struct {
	bytes, modified int64
	records, total  int64
	days            []lake.Day
}

func knownFiles(manifests map[lake.Day]*manifest) map[string]knownFile {
	out := map[string]knownFile{}
	for day, m := range manifests {
		for _, in := range m.Inputs {
			if in.Modified == 0 {
				continue
			}
			k, seen := out[in.Name]
			if seen && (k.bytes != in.Bytes || k.modified != in.Modified) {
				k.total = -1 // it changed between two days: read it again
			} else {
				k.bytes, k.modified, k.total = in.Bytes, in.Modified, in.Total
			}
			k.records += in.Records
			k.days = append(k.days, day)
			out[in.Name] = k
		}
	}
	return out
}

// rawFolder and parquetFolder hold what goes in and what comes out.
func rawFolder(l *lake.Lake) string     { return filepath.Join(l.Dir(), "raw") }
func parquetFolder(l *lake.Lake) string { return filepath.Join(l.Dir(), "parquet") }
