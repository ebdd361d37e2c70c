package erase

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/spool"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// Objects is the copy of a lake in a bucket. Every version of every object in
// a lake's folders is looked into, so that it does not matter what the lake on this disk still
// has. An object that has something of the person is replaced by the lake's
// own file, which was erased before, or by what is left of it; then every
// version that has something of the person is deleted for good. Uploads that
// were cut short cannot be looked into, and are dropped. A version that is
// damaged is left as it is: all others are erased, then the erasure fails.
type Objects struct {
	Bucket *bucket.Bucket
	Dir    string // of the lake
	// Parquet reads the records of a Parquet file.
	Parquet func(ctx context.Context, path string) iter.Seq2[[]byte, error]
	// Bring copies what the bucket lacks of folders of the lake. It may be nil.
	Bring func(ctx context.Context, folders []string) error
	// Mend makes the Parquet of days' folders again where the bucket was
	// compacted itself, and of days that lack a file. It may be nil.
	Mend func(ctx context.Context, folders []string) error

	clean map[uint64]bool // versions that have nothing, by a hash of their name
}

// folders of a lake that hold records.
var recordFolders = []string{"raw/", parquetFolder, "quarantine/", exportsFolder}

const (
	parquetFolder  = "parquet/"
	exportsFolder  = "exports/"       // what people have put there; the lake's own is not erased
	manifestName   = "_manifest.json" // says which Parquet files of a folder count
	receiptsFolder = "receipts/"
)

// scratchFolder is where compactions let other engines work. What lies there
// was left by one that was killed: nobody needs it, and all of it goes.
const scratchFolder = "engine.tmp/"

// Name names the place in reports.
func (*Objects) Name() string { return "s3" }

// Where tells one bucket from another.
func (o *Objects) Where() string { return o.Bucket.String() }

// Look reads every version of every object with records.
func (o *Objects) Look(ctx context.Context, p person.Person, each func(string)) (person.Found, error) {
	return o.run(ctx, p, each, false)
}

// Erase replaces objects and deletes versions.
func (o *Objects) Erase(ctx context.Context, p person.Person, each func(string)) (person.Found, error) {
	return o.run(ctx, p, each, true)
}

func (o *Objects) run(ctx context.Context, p person.Person, each func(string), change bool) (found person.Found, err error) {
	if o.clean == nil {
		o.clean = map[uint64]bool{}
	}
	tmp, end, err := spool.New(spool.Erase)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, end()) }()
	w := &objectWork{o: o, match: person.NewMatcher(p), tmp: filepath.Join(tmp, "object"), each: each}
	for v, err := range o.Bucket.Versions(ctx, "") {
		if err != nil {
			return w.found, err
		}
		if v.Deleted {
			continue
		}
		if err := w.look(ctx, v); err != nil {
			return w.found, fmt.Errorf("look into %s: %w", v.Key, err)
		}
	}
	cut, err := o.cutShort(ctx, p.Before)
	if err != nil {
		return w.found, err
	}
	for _, u := range cut {
		each(o.Bucket.String() + "/" + u.Key + " (an upload that was cut short)")
		w.found.Files++
		if !change {
			continue
		}
		if err := o.Bucket.Drop(ctx, u); err != nil {
			return w.found, err
		}
	}
	if !change {
		return w.found, nil
	}
	if err := w.erase(ctx, w.dirty); err != nil {
		return w.found, err
	}
	return w.found, w.found.Whole()
}

// cutShort lists the uploads that have not ended. What was begun from the time
// before on, when it is not 0, is under way with files that were erased.
func (o *Objects) cutShort(ctx context.Context, before int64) (out []bucket.Unfinished, err error) {
	for _, folder := range append(slices.Clone(recordFolders), scratchFolder) {
		for u, err := range o.Bucket.Unfinished(ctx, folder) {
			if err != nil {
				return nil, err
			}
			if before == 0 || u.Begun.UnixMilli() < before {
				out = append(out, u)
			}
		}
	}
	return out, nil
}

// erase takes out the versions that have something of the person. New Parquet
// and its manifests come before the old files go, so that no manifest ever
// names what is not there.
func (w *objectWork) erase(ctx context.Context, dirty []bucket.Version) error {
	parquet := func(v bucket.Version) bool { return strings.HasPrefix(v.Key, parquetFolder) }
	if err := w.removeThose(ctx, dirty, func(v bucket.Version) bool { return !parquet(v) }); err != nil {
		return err
	}
	own, others := []string{}, []string{}
	for _, v := range dirty {
		folder := path.Dir(v.Key) + "/"
		if !parquet(v) || !v.Latest || slices.Contains(own, folder) || slices.Contains(others, folder) {
			continue
		}
		if _, err := os.Stat(filepath.Join(w.o.Dir, filepath.FromSlash(folder), manifestName)); err == nil {
			own = append(own, folder)
		} else {
			others = append(others, folder)
		}
	}
	for _, err := range w.o.Bucket.List(ctx, receiptsFolder) {
		if err != nil {
			return err
		}
		own = append(own, receiptsFolder) // it has those of before
		break
	}
	if w.o.Bring != nil && len(own) > 0 {
		if err := w.o.Bring(ctx, own); err != nil {
			return err
		}
	}
	if w.o.Mend != nil {
		if err := w.o.Mend(ctx, others); err != nil {
			return err
		}
	}
	return w.removeThose(ctx, dirty, parquet)
}

// removeThose removes the versions that are chosen.
func (w *objectWork) removeThose(ctx context.Context, dirty []bucket.Version, chosen func(bucket.Version) bool) error {
	for _, v := range dirty {
		if !chosen(v) {
			continue
		}
		if err := w.remove(ctx, v); err != nil {
			return fmt.Errorf("erase from %s: %w", v.Key, err)
		}
	}
	return nil
}

// objectWork looks into one object after the other.
type objectWork struct {
	o     *Objects
	match *person.Matcher
	tmp   string // path of the object at hand
	tape  tape.Tape
	each  func(string)
	found person.Found
	dirty []bucket.Version // that are to go: they are few, and the listing is streamed
}

// look looks into one version of an object. What lies in no folder of a lake
// is somebody else's, and is listed.
func (w *objectWork) look(ctx context.Context, v bucket.Version) error {
	top, _, below := strings.Cut(v.Key, "/")
	switch {
	case below && top+"/" == scratchFolder:
		w.concerned(v, 0, 0)
	case below && slices.Contains(recordFolders, top+"/"):
		return w.lookInto(ctx, v)
	case lake.Own(top):
	case below:
		w.passBy(top + "/")
	default:
		w.passBy(v.Key)
	}
	return nil
}

func (w *objectWork) lookInto(ctx context.Context, v bucket.Version) error {
	known := xxhash.Sum64String(v.Key + "\x00" + v.ID + "\x00" + v.ETag)
	if w.o.clean[known] {
		return nil
	}
	own, mentions, err := w.judge(ctx, v)
	switch code := tpe.CodeOf(err); {
	case code == tpe.NotFound: // replaced since it was listed
	case code == tpe.Invalid && !ofLake(v.Key):
		w.passBy(v.Key)
	case code == tpe.Invalid:
		w.found.Damaged = append(w.found.Damaged, w.name(v.Key)+": "+err.Error())
	case err != nil:
		return err
	case own+mentions == 0:
		w.o.clean[known] = true
	default:
		w.concerned(v, own, mentions)
	}
	return nil
}

func (w *objectWork) name(key string) string { return w.o.Bucket.String() + "/" + key }

// concerned notes a version that is to go.
func (w *objectWork) concerned(v bucket.Version, own, mentions uint64) {
	w.each(w.name(v.Key))
	w.found.Files++
	w.found.Records += own
	w.found.Redacted += mentions
	w.dirty = append(w.dirty, v)
}

// passBy notes what cannot be looked into. The versions of one object, and
// the objects of one folder, follow each other.
func (w *objectWork) passBy(key string) {
	w.found.Unread = slices.Compact(append(w.found.Unread, w.name(key)))
}

// fetch brings a version to the disk.
func (w *objectWork) fetch(ctx context.Context, v bucket.Version) (err error) {
	get := func() (io.ReadCloser, bucket.Info, error) { return w.o.Bucket.GetVersion(ctx, v.Key, v.ID) }
	if !versioned(v) {
		get = func() (io.ReadCloser, bucket.Info, error) { return w.o.Bucket.Get(ctx, v.Key) }
	}
	in, _, err := get()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.Create(w.tmp)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// judge counts what a version has of the person.
func (w *objectWork) judge(ctx context.Context, v bucket.Version) (own, mentions uint64, err error) {
	if err := w.fetch(ctx, v); err != nil {
		return 0, 0, err
	}
	if strings.HasSuffix(v.Key, ".parquet") {
		for record, err := range w.o.Parquet(ctx, w.tmp) {
			if err != nil {
				return 0, 0, err
			}
			w.count(record, &own, &mentions)
		}
		return own, mentions, nil
	}
	for it, err := range w.items(ctx) {
		if err != nil {
			return 0, 0, err
		}
		if !ofLake(v.Key) && !utf8.Valid(it.Data) {
			return 0, 0, tpe.Errorf(tpe.Invalid, "it is no text")
		}
		w.count(it.Data, &own, &mentions)
	}
	return own, mentions, nil
}

// rowsFile recognises the Parquet files that compaction makes.
var rowsFile = regexp.MustCompile(`^rows-\d{4,}-[0-9a-f]{16}\.parquet$`)

// ofLake says whether an object holds records by its name. Others somebody
// else has put there: they are looked into when that is possible, and left
// alone else.
func ofLake(key string) bool {
	_, records := source.Named(key, 0)
	return records || rowsFile.MatchString(path.Base(key))
}

// items yields what the object at hand holds. The error is of the code Invalid
// for what nobody can look into, such as a damaged place.
func (w *objectWork) items(ctx context.Context) iter.Seq2[source.Item, error] {
	return func(yield func(source.Item, error) bool) {
		for it := range source.NewReader(source.Options{}).FileItems(ctx, source.File{Path: w.tmp}) {
			var err error
			switch {
			case it.Err == nil || it.Err.Kind == source.Misplaced:
			case it.Err.Kind == source.Unreadable:
				err = it.Err
			case it.Data == nil:
				err = &tpe.Error{Code: tpe.Invalid, Message: fmt.Sprintf("line %d", it.Line), Err: it.Err}
			}
			if !yield(it, err) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(source.Item{}, err)
		}
	}
}

// count judges one record, or a text that is none.
func (w *objectWork) count(text []byte, own, mentions *uint64) {
	switch w.verdict(text) {
	case person.Belongs:
		*own++
	case person.Mentions:
		*mentions++
	case person.Untouched:
	}
}

func (w *objectWork) verdict(text []byte) person.Verdict {
	if w.tape.Parse(text) == nil {
		return w.match.Judge(&w.tape)
	}
	if w.match.Text(text) {
		return person.Mentions
	}
	return person.Untouched
}

// versioned says whether the bucket keeps the version beside later ones.
func versioned(v bucket.Version) bool { return v.ID != "" && v.ID != "null" || !v.Latest }

// remove deletes a version for good. The latest one is replaced before, so
// that no older one takes its place.
func (w *objectWork) remove(ctx context.Context, v bucket.Version) error {
	if v.Latest {
		replaced, err := w.replace(ctx, v)
		if err != nil {
			return err
		}
		if !replaced {
			if err := w.o.Bucket.Delete(ctx, v.Key); err != nil {
				return err
			}
		}
		if !versioned(v) {
			return nil // what was there is gone
		}
	}
	return w.o.Bucket.DeleteVersion(ctx, v.Key, v.ID)
}

// replace puts the lake's own file in the place of an object, or what is left
// of the object. It is false when there is nothing to put.
func (w *objectWork) replace(ctx context.Context, v bucket.Version) (bool, error) {
	f, err := os.Open(filepath.Join(w.o.Dir, filepath.FromSlash(v.Key)))
	if err == nil && strings.HasPrefix(v.Key, exportsFolder) {
		// The lake's own export is listed, and made again by hand.
		if err = f.Close(); err == nil {
			err = fs.ErrNotExist
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		if strings.HasSuffix(v.Key, ".parquet") || strings.HasPrefix(v.Key, scratchFolder) {
			return false, nil // it can be made again, and has another name then
		}
		if err := w.fetch(ctx, v); err != nil {
			return false, err
		}
		left, err := w.rewrite(ctx)
		if err != nil || !left {
			return false, err
		}
		f, err = os.Open(w.tmp + ".left")
		if err != nil {
			return false, err
		}
	} else if err != nil {
		return false, err
	}
	info, err := f.Stat()
	if err == nil {
		_, _, err = w.o.Bucket.Upload(ctx, v.Key, f, info.Size(), bucket.Condition{ETag: v.ETag}, nil)
	}
	return err == nil, errors.Join(err, f.Close())
}

// rewrite writes what is left of the object at hand, plain: readers tell by
// the first bytes how a file is packed. It is false when nothing is left.
func (w *objectWork) rewrite(ctx context.Context) (left bool, err error) {
	out, err := os.Create(w.tmp + ".left")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	for it, err := range w.items(ctx) {
		if err != nil {
			return false, err
		}
		if it.Data == nil {
			continue
		}
		text := slices.Clone(it.Data)
		switch w.verdict(it.Data) {
		case person.Belongs:
			continue
		case person.Mentions:
			if w.tape.Parse(it.Data) == nil {
				text = w.match.AppendWithout(nil, &w.tape)
			} else {
				text = w.match.AppendTextWithout(nil, it.Data)
			}
		case person.Untouched:
		}
		left = true
		if _, err := out.Write(append(text, '\n')); err != nil {
			return false, err
		}
	}
	return left, nil
}
