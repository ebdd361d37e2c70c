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
func Read(ctx context.Context, path string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		f, err := os.Open(path)
		if err != nil {
			yield(nil, fmt.Errorf("open parquet: %w", err))
			return
		}
		readID(ctx, f, "")(yield)
	}
}

// readID is Read of an open file, which it closes, when it may hold an id; of
// any other nothing. An empty id is in every file.
func readID(ctx context.Context, file *os.File, id string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		f, err := columns.Of(file)
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
// valid until the next one. The first error ends it. Beside a compaction each
// day comes as it was at one time.
func Records(ctx context.Context, l *lake.Lake, filter lake.Filter) iter.Seq2[*tape.Tape, error] {
	return func(yield func(*tape.Tape, error) bool) {
		r := dayRange(filter.Since, filter.Until)
		for day, err := range dayFolders(parquetFolder(l), r) {
			if err == nil && r.has(day) {
				var more bool
				if more, err = dayRecords(ctx, filepath.Join(parquetFolder(l), filepath.FromSlash(day.Folder())), &filter, yield); !more && err == nil {
					return
				}
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// dayRecords yields the records of one day's folder; false when no more are
// wanted.
func dayRecords(ctx context.Context, folder string, filter *lake.Filter, yield func(*tape.Tape, error) bool) (bool, error) {
	files, err := openDay(folder)
	if err != nil {
		return false, err
	}
	defer func() {
		for _, f := range files {
			_ = f.Close() // only read from; closed already when it was read
		}
	}()
	var t tape.Tape
	for _, f := range files {
		for record, err := range readID(ctx, f, filter.ID) {
			if err == nil {
				err = t.Parse(record)
			}
			if err != nil {
				return false, err
			}
			if wants(filter, &t) && !yield(&t, nil) {
				return false, nil
			}
		}
	}
	return true, nil
}

// openDay opens all files that a day's manifest names before one of them is
// read, so that a compaction cannot remove any. When it has removed one, its
// new manifest names others.
func openDay(folder string) ([]*os.File, error) {
	for before := ""; ; {
		m, err := readManifest(folder)
		if m == nil || err != nil {
			return nil, err
		}
		files := make([]*os.File, 0, len(m.Files))
		for _, named := range m.Files {
			f, openErr := os.Open(filepath.Join(folder, named.Name))
			if err = openErr; err != nil {
				break
			}
			files = append(files, f)
		}
		if err == nil {
			return files, nil
		}
		for _, f := range files {
			_ = f.Close() // only read from
		}
		last := m.Files[len(files)].Name
		if !errors.Is(err, os.ErrNotExist) || last == before {
			return nil, fmt.Errorf("open parquet: %w", err)
		}
		before = last
	}
}

// Lacking returns the days in the filter's range that have sealed raw files
// whose records are not in Parquet yet.
func Lacking(ctx context.Context, l *lake.Lake, filter lake.Filter) ([]lake.Day, error) {
	plans, err := planDays(ctx, l, dayRange(filter.Since, filter.Until), true)
	if err != nil {
		return nil, interrupted(err)
	}
	var out []lake.Day
	for i := range plans {
		if len(plans[i].added) > 0 {
			out = append(out, plans[i].day)
		}
	}
	return out, nil
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
