package compact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/power100/tpe/internal/compact/columns"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// Read yields the records of one Parquet file that compaction or Export made,
// whole and as JSON, in the order of the file. A record is valid until the
// next one.
func Read(ctx context.Context, path string) iter.Seq2[[]byte, error] { return readID(ctx, path, "") }

// readID is Read of a file that may hold an id; of any other nothing. An
// empty id is in every file.
func readID(ctx context.Context, path, id string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		f, err := columns.Open(path)
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = f.Close() }() // only read from
		if id != "" {
			if may, err := f.MayHold(id); err != nil {
				yield(nil, err)
				return
			} else if !may {
				return
			}
		}
		for record, err := range f.Records(ctx) {
			if !yield(record, interrupted(err)) || err != nil {
				return
			}
		}
	}
}

// Records yields the records that the filter chooses out of the lake's
// Parquet files, day by day, each day sorted by type, time and id, but for
// days whose files an engine made and of which only each file is. A record is
// valid until the next one. The first error ends it.
func Records(ctx context.Context, l *lake.Lake, filter lake.Filter) iter.Seq2[*tape.Tape, error] {
	return func(yield func(*tape.Tape, error) bool) {
		r := dayRange(filter.Since, filter.Until)
		known, err := manifests(parquetFolder(l), r)
		if err != nil {
			yield(nil, err)
			return
		}
		var t tape.Tape
		for _, day := range known.days() {
			if !r.has(day) {
				continue
			}
			if err := known.damaged[day]; err != nil {
				yield(nil, err)
				return
			}
			folder := filepath.Join(parquetFolder(l), filepath.FromSlash(day.Folder()))
			for _, f := range known.manifests[day].Files {
				for record, err := range readID(ctx, filepath.Join(folder, f.Name), filter.ID) {
					if err == nil {
						err = t.Parse(record)
					}
					if err != nil {
						yield(nil, err)
						return
					}
					if wants(&filter, &t) && !yield(&t, nil) {
						return
					}
				}
			}
		}
	}
}

// wants reports whether the filter chooses a record.
func wants(f *lake.Filter, t *tape.Tape) bool {
	is := func(name, want string) bool {
		if want == "" {
			return true
		}
		n, ok := t.Find(name)
		return ok && (t.Kind(n) == tape.KindString || t.Kind(n) == tape.KindNumber) && string(t.Bytes(n)) == want
	}
	if !is(typeName, f.Type) || !is("user_id", f.User) || !is("partner_id", f.Partner) || !is(idName, f.ID) {
		return false
	}
	if f.Since.IsZero() && f.Until.IsZero() {
		return true
	}
	n, ok := t.Find(timeName)
	if !ok || t.Kind(n) != tape.KindString {
		return true // it belongs to its day, and that was chosen
	}
	at, err := tpe.ParseTime(t.Text(n))
	return err != nil || (f.Since.IsZero() || !at.Before(f.Since)) && (f.Until.IsZero() || at.Before(f.Until))
}

// Export writes records to w as one Parquet file of the same form as those of
// compaction, sorted by type, time and id. What does not fit into memory is
// sorted in the system's folder for temporary files. The first error in
// records ends it and is returned.
func Export(ctx context.Context, w io.Writer, records iter.Seq2[*tape.Tape, error]) error {
	s := newSorter(DefaultMemory)
	s.reset(os.TempDir())
	defer s.dropRuns()
	for t, err := range records {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && t.Kind(0) != tape.KindObject {
			err = tpe.Errorf(tpe.Invalid, "a record is no JSON object")
		}
		if err == nil {
			err = s.add(keyOf(t), t.Src, 0)
		}
		if err != nil {
			return interrupted(err)
		}
	}
	out, err := columns.NewWriter(columns.Options{})
	if err == nil {
		err = out.Reset(w)
	}
	var t tape.Tape
	for it, e := range s.all() {
		if err = errors.Join(err, e); err == nil {
			err = ctx.Err()
		}
		if err == nil {
			err = t.Parse(it.record)
		}
		if err == nil {
			err = out.Append(&t)
		}
		if err != nil {
			break
		}
	}
	if err == nil {
		err = out.Close()
	}
	if err != nil {
		return interrupted(fmt.Errorf("write parquet: %w", err))
	}
	return nil
}
