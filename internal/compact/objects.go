package compact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/spool"
	"github.com/power100/tpe/internal/tpe"
)

// objects is a lake in a bucket. The new files of a day are written and
// proven on the disk, and sent with their checksums, which the server
// compares. The day's manifest, put only where the one that was read still is,
// makes them count.
type objects struct {
	bucket *bucket.Bucket
	spool  string // folder on the disk
	now    func() time.Time
}

// objectDay is the Parquet folder of a day in a bucket, as it was listed.
type objectDay struct {
	name   string // for people
	prefix string // of the keys
	etag   string // of the manifest; empty when there is none
	long   bool   // the manifest names many inputs, and is read again when it is needed
	files  map[string]bucket.Object
}

// abandoned is the age from which a Parquet object that no manifest names
// belongs to a compaction that was cut short, and not to one that is at work.
const abandoned = 24 * time.Hour

// manyInputs is the number of inputs from which a manifest is not kept in
// memory while the bucket is listed.
const manyInputs = 100

// RunBucket compacts the days of a lake where it lies in a bucket, as Run does
// on the disk: raw objects are read one after the other through the system's
// folder for temporary files, which also takes the new files of a day until
// they are sent. Another engine makes each day's files when it is the day's
// turn. The error is also of the code Unavailable when another process has
// compacted a day at the same time.
func RunBucket(ctx context.Context, b *bucket.Bucket, opts Options) (Report, error) {
	return runBucket(ctx, b, opts, func(plans []dayPlan) ([]dayPlan, error) { return plans, nil })
}

// MendBucket makes the days of a bucket again that these folders of Parquet
// belong to, and those of whose Parquet objects one is not there. Days that
// the lake l has Parquet of itself are left to a sync. Raw files that an
// erasure in l has removed may be gone.
func MendBucket(ctx context.Context, l *lake.Lake, b *bucket.Bucket, folders []string, opts Options) (Report, error) {
	wanted := map[lake.Day]bool{}
	for _, folder := range folders {
		if day, ok := dayIn(strings.TrimPrefix(folder, "parquet/")); ok {
			wanted[day] = true
		}
	}
	return runBucket(ctx, b, opts, func(plans []dayPlan) ([]dayPlan, error) {
		own, err := manifests(parquetFolder(l), dayRange(opts.Since, opts.Until))
		if err != nil {
			return nil, err
		}
		opts.again = map[lake.Day]bool{}
		for i := range plans {
			p := &plans[i]
			opts.again[p.day] = (p.broken || wanted[p.day]) && own.manifests[p.day] == nil
		}
		opts.gone, err = l.RemovedFiles(ctx)
		return again(plans, &opts), err
	})
}

// runBucket compacts the days that are chosen.
func runBucket(ctx context.Context, b *bucket.Bucket, opts Options, choose func([]dayPlan) ([]dayPlan, error)) (report Report, err error) {
	opts = opts.withDefaults()
	began := opts.Now()
	report = Report{Days: []DayReport{}, DryRun: opts.DryRun}
	o := &objects{bucket: b, now: opts.Now}
	var end func() error
	if o.spool, end, err = spool.New(spool.Compact); err != nil {
		return report, refused(err)
	}
	defer func() { err = errors.Join(err, end()) }()
	plans, err := o.plan(ctx, dayRange(opts.Since, opts.Until))
	if err == nil {
		plans, err = choose(plans)
	}
	if err != nil {
		return report, interrupted(refused(err))
	}
	scratch := o.newScratch(opts.Engine)
	if opts.Engine != nil {
		report.Statements = scratch.delegate(plans, opts.FileBytes)
	}
	if !opts.DryRun {
		if err := scratch.sweep(ctx); err != nil {
			return report, interrupted(err)
		}
	}
	report.Days, err = opts.compact(ctx, o, plans)
	report.total()
	report.Seconds = opts.Now().Sub(began).Seconds()
	return report, err
}

// plan finds out what is to be done with each day of the range.
func (o *objects) plan(ctx context.Context, r days) ([]dayPlan, error) {
	known, folders, err := o.folders(ctx, r)
	if err != nil {
		return nil, err
	}
	inputs, err := inputsOf(ctx, o.rawFiles(ctx), r, known, false)
	if err != nil {
		return nil, err
	}
	plans, err := eachDay(r, inputs, known, func(p *dayPlan) (_ map[string]int64, err error) {
		d := folders[p.day]
		if d == nil {
			d = o.day(p.day)
		}
		if d.long {
			if p.manifest, d.etag, err = o.manifest(ctx, d); err != nil {
				return nil, err
			}
		}
		p.remote, p.folder = d, filepath.Join(o.spool, p.day.String())
		sizes := map[string]int64{}
		for name, f := range d.files {
			sizes[name] = f.Size
		}
		return sizes, nil
	}, o.spare)
	return plans, err
}

// spare leaves the objects of a day that is unchanged which nobody names and
// which are young: they may belong to a process that is at work on the day.
// Its inputs are not needed any more.
func (o *objects) spare(p *dayPlan) {
	if p.action() != Unchanged {
		return
	}
	p.inputs = nil
	p.leftover = slices.DeleteFunc(p.leftover, func(name string) bool {
		return !slices.Contains(p.manifest.Replaced, name) && o.now().Sub(p.remote.files[name].Modified) < abandoned
	})
}

func (o *objects) day(day lake.Day) *objectDay {
	prefix := "parquet/" + day.Folder() + "/"
	return &objectDay{name: o.bucket.String() + "/" + prefix, prefix: prefix, files: map[string]bucket.Object{}}
}

// rawFiles yields the objects with raw records.
func (o *objects) rawFiles(ctx context.Context) iter.Seq2[input, error] {
	return func(yield func(input, error) bool) {
		from := &place{remote: o}
		for obj, err := range o.bucket.List(ctx, "raw/") {
			f, ok := source.Named(strings.TrimPrefix(obj.Key, "raw/"), obj.Size)
			if err == nil && (!ok || f.Live) {
				continue
			}
			in := input{name: f.Rel, bytes: f.Size, from: from, foreign: &foreign{modified: obj.Modified.UnixNano()}, etag: xxhash.Sum64String(obj.ETag)}
			if !yield(in, err) || err != nil {
				return
			}
		}
	}
}

// folders lists the Parquet folders, and reads the manifests, of the days in
// the range and of those next to it.
func (o *objects) folders(ctx context.Context, r days) (inForce, map[lake.Day]*objectDay, error) {
	known, out := newInForce(), map[lake.Day]*objectDay{}
	for obj, err := range o.bucket.List(ctx, "parquet/") {
		if err != nil {
			return known, nil, err
		}
		day, ok := dayIn(strings.TrimPrefix(obj.Key, "parquet/"))
		if !ok || !r.around(day) {
			continue
		}
		d := out[day]
		if d == nil {
			d = o.day(day)
			out[day] = d
		}
		switch name := strings.TrimPrefix(obj.Key, d.prefix); {
		case name == manifestName:
			m, etag, err := o.manifest(ctx, d)
			if tpe.CodeOf(err) == tpe.Invalid {
				known.damaged[day] = err
				continue
			}
			if err != nil {
				return known, nil, err
			}
			if d.etag, d.long = etag, len(m.Inputs) > manyInputs; d.long {
				m.Inputs = slices.DeleteFunc(m.Inputs, func(in manifestInput) bool { return in.Modified == 0 })
				m.Inputs = slices.Clone(m.Inputs)
			}
			known.manifests[day] = m
		case ownFile.MatchString(name):
			d.files[name] = obj
		}
	}
	return known, out, nil
}

// manifest reads the manifest of a day, with its ETag.
func (o *objects) manifest(ctx context.Context, d *objectDay) (*manifest, string, error) {
	text, etag, err := o.manifestText(ctx, d)
	if err != nil {
		return nil, "", err
	}
	m, err := parseManifest(text, d.name+manifestName)
	return m, etag, err
}

func (o *objects) manifestText(ctx context.Context, d *objectDay) ([]byte, string, error) {
	in, info, err := o.bucket.Get(ctx, d.prefix+manifestName)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = in.Close() }() // only read from
	text, err := io.ReadAll(in)
	return text, info.ETag, err
}

// begin makes a folder of the spool for the day.
func (o *objects) begin(p *dayPlan) (end func(), err error) {
	if err := os.Mkdir(p.folder, 0o700); err != nil {
		return nil, fmt.Errorf("compact %s: %w", p.day, err)
	}
	return func() {
		_ = os.RemoveAll(p.folder) // the spool is removed at the latest
		if p.made != "" {
			_ = os.RemoveAll(p.made)
		}
	}, nil
}

// swap sends the new files, then the manifest that makes them count, and then
// removes what was listed in the day's folder and is not needed any more.
//
// What another process has put there since is not touched: when it has put a
// manifest, that one stays; when it has not, it will find that it is too late.
//
// An erasure first changes raw objects and then looks at Parquet. So the raw
// objects are looked at once more when everything is there: either the erasure
// finds the new files, or they are taken back here because it was at work. A
// process that is killed in between leaves them to the next erasure, or to the
// next compaction, which makes the day again.
func (o *objects) swap(ctx context.Context, p *dayPlan, m *manifest, files []newFile) error {
	d := p.remote
	for name := range d.files {
		if !m.live(name) {
			m.Replaced = append(m.Replaced, name)
		}
	}
	text, err := m.text()
	if err != nil {
		return err
	}
	before, err := o.before(ctx, p)
	if err != nil {
		return err
	}
	for i, f := range files {
		if err := o.send(ctx, d, f, bucket.Condition{Absent: d.files[f.Name].ETag == "", ETag: d.files[f.Name].ETag}); err != nil {
			return errors.Join(err, o.takeBack(ctx, p, p.manifest, files[:i]))
		}
	}
	etag, _, err := o.bucket.Put(ctx, d.prefix+manifestName, text, bucket.Condition{Absent: d.etag == "", ETag: d.etag})
	if tpe.CodeOf(err) == tpe.Conflict {
		err = &tpe.Error{Code: tpe.Unavailable, Message: p.day.String() + ": another process has compacted the day at the same time", Err: err,
			Hint: "what it has put in force stays; run it again"}
		there, _, lookErr := o.manifest(ctx, d)
		if lookErr != nil && tpe.CodeOf(lookErr) != tpe.NotFound {
			return errors.Join(err, lookErr)
		}
		return errors.Join(err, o.takeBack(ctx, p, there, files))
	}
	if err != nil {
		return err // the next run finds out which manifest is in force
	}
	changed, err := o.changed(ctx, p)
	if err == nil && changed {
		err = &tpe.Error{Code: tpe.Unavailable, Message: p.day.String() + ": raw objects have changed while the day was compacted",
			Hint: "what was in force stays; run it again"}
	}
	if err != nil {
		return errors.Join(err, o.withdraw(ctx, p, before, etag, files))
	}
	if err := o.settle(ctx, d, files); err != nil {
		return err
	}
	return o.remove(ctx, d, m.Replaced)
}

// before returns the text of the manifest in force; of one without files and
// inputs when there is none.
func (o *objects) before(ctx context.Context, p *dayPlan) ([]byte, error) {
	if p.remote.etag == "" {
		m := &manifest{Version: manifestVersion, Day: p.day, Files: []manifestFile{}, Inputs: []manifestInput{}}
		return m.text()
	}
	text, _, err := o.manifestText(ctx, p.remote)
	return text, err
}

// manyObjects is the number of objects of a folder from which it is listed
// rather than asked for each.
const manyObjects = 8

// changed says whether a raw object that the day was made from is not what it
// was when it was listed.
func (o *objects) changed(ctx context.Context, p *dayPlan) (bool, error) {
	folders := map[string]map[string]uint64{}
	for _, in := range p.inputs {
		key := "raw/" + in.name
		folder := path.Dir(key) + "/"
		if folders[folder] == nil {
			folders[folder] = map[string]uint64{}
		}
		folders[folder][key] = in.etag
	}
	for folder, was := range folders {
		if len(was) < manyObjects {
			for key, etag := range was {
				info, err := o.bucket.Head(ctx, key)
				if tpe.CodeOf(err) == tpe.NotFound || err == nil && xxhash.Sum64String(info.ETag) != etag {
					return true, nil
				}
				if err != nil {
					return false, err
				}
			}
			continue
		}
		for obj, err := range o.bucket.List(ctx, folder) {
			if err != nil {
				return false, err
			}
			if etag, ok := was[obj.Key]; ok && etag == xxhash.Sum64String(obj.ETag) {
				delete(was, obj.Key)
			}
		}
		if len(was) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// withdraw puts the manifest of before in force again, unless another process
// has replaced this one, and takes the new files back.
func (o *objects) withdraw(ctx context.Context, p *dayPlan, before []byte, etag string, files []newFile) error {
	ctx = context.WithoutCancel(ctx)
	_, _, err := o.bucket.Put(ctx, p.remote.prefix+manifestName, before, bucket.Condition{ETag: etag})
	if err != nil && tpe.CodeOf(err) != tpe.Conflict {
		return err
	}
	there, _, err := o.manifest(ctx, p.remote)
	if err != nil && tpe.CodeOf(err) != tpe.NotFound {
		return err
	}
	return o.takeBack(ctx, p, there, files)
}

// send puts a new file into the bucket. Its name tells its records: an object
// of the name that came since the listing holds the same ones, so that this
// one may take its place.
func (o *objects) send(ctx context.Context, d *objectDay, f newFile, c bucket.Condition) error {
	in, err := os.Open(f.path)
	if err != nil {
		return fmt.Errorf("send parquet file: %w", err)
	}
	defer func() { _ = in.Close() }() // only read from
	_, _, err = o.bucket.Upload(ctx, d.prefix+f.Name, in, f.Bytes, c, nil)
	if tpe.CodeOf(err) == tpe.Conflict {
		_, _, err = o.bucket.Upload(ctx, d.prefix+f.Name, in, f.Bytes, bucket.Condition{}, nil)
	}
	return err
}

// settle makes sure that every file is there once its manifest is in force:
// a process that was at work on the same records may have taken one back.
func (o *objects) settle(ctx context.Context, d *objectDay, files []newFile) error {
	there := map[string]bool{}
	for obj, err := range o.bucket.List(ctx, d.prefix) {
		if err != nil {
			return err
		}
		there[path.Base(obj.Key)] = true
	}
	for _, f := range files {
		if there[f.Name] {
			continue
		}
		if err := o.send(ctx, d, f, bucket.Condition{Absent: true}); err != nil {
			return err
		}
	}
	return nil
}

// takeBack removes files that were sent in vain, but those that the manifest
// in force names. When raw objects have changed since they were listed, they may
// hold what was erased: then no version of them stays.
func (o *objects) takeBack(ctx context.Context, p *dayPlan, inForce *manifest, files []newFile) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer stop()
	var names []string
	for _, f := range files {
		if !inForce.live(f.Name) {
			names = append(names, f.Name)
		}
	}
	if err := o.remove(ctx, p.remote, names); err != nil || len(names) == 0 {
		return err
	}
	if changed, err := o.changed(ctx, p); err != nil || !changed {
		return err
	}
	for _, name := range names {
		for v, err := range o.bucket.Versions(ctx, p.remote.prefix+name) {
			if err == nil {
				err = o.bucket.DeleteVersion(ctx, v.Key, v.ID)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *objects) remove(ctx context.Context, d *objectDay, names []string) error {
	for _, name := range names {
		if err := o.bucket.Delete(ctx, d.prefix+name); err != nil {
			return err
		}
	}
	return nil
}

// clean removes what the manifest in force has replaced, and what nobody has
// named for long.
func (o *objects) clean(ctx context.Context, p *dayPlan) error {
	return o.remove(ctx, p.remote, p.leftover)
}
