package mirror

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/tpe"
)

// smallFile is the size in bytes up to which a file is read at once.
const smallFile = 256 << 10

var smallBuffers = sync.Pool{New: func() any { return new([smallFile]byte) }}

// attempts is how often a file is compared with its object anew when somebody
// else has changed the object since it was looked at.
const attempts = 3

// apply does what is to be done with one key that is not settled, and says
// in its slot what that was.
func (o *Options) apply(ctx context.Context, t *task) error {
	if t.guard != nil {
		behind, err := t.guard.ask(ctx, o)
		switch {
		case err != nil:
			return err
		case behind && t.local == nil:
			t.slot.action = Action{Verb: keep, Key: t.key, Bytes: t.remote.Size}
			return nil
		case behind:
			t.slot.action = Action{Verb: Behind, Key: t.key, Bytes: t.local.size, Why: "the bucket's manifest counts raw files that the lake's does not"}
			return nil
		}
	}
	if t.local == nil {
		return o.remove(ctx, t)
	}
	if t.local.err != nil {
		return &unreadable{t.key, t.local.err}
	}
	if !o.DryRun && !o.Check {
		// From before it is read until the bucket has it: an erasure waits.
		end, err := o.Lake.BeginCopy()
		if err != nil {
			return fmt.Errorf("sync: %w", err)
		}
		defer end()
	}
	for n := 1; ; n++ {
		err := o.copyFile(ctx, t)
		if code := tpe.CodeOf(err); n == attempts || code != tpe.Conflict && code != tpe.NotFound {
			return err
		}
		// The object is not the one that the ledger knows, or that was listed.
		there, err := o.object(ctx, t.key)
		if err != nil {
			return err
		}
		t.remote = there
	}
}

// object returns an object of the bucket as it is now; nil when it is not there.
func (o *Options) object(ctx context.Context, key string) (*bucket.Object, error) {
	info, err := o.Bucket.Head(ctx, key)
	if tpe.CodeOf(err) == tpe.NotFound {
		return nil, nil
	}
	return &info.Object, err
}

// copyFile compares the file as it is now with its object, and sends it.
func (o *Options) copyFile(ctx context.Context, t *task) error {
	f, err := os.Open(filepath.Join(o.Lake.Dir(), filepath.FromSlash(t.key)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // replaced since it was listed; the next sync finds what came
	}
	if err != nil {
		return &unreadable{t.key, err}
	}
	defer func() { _ = f.Close() }() // only read from
	st, err := statFile(f)
	if err != nil {
		return &unreadable{t.key, err}
	}
	t.local.stamp = st
	c := &copying{o: o, t: t, f: f}
	if st.size <= smallFile {
		buf := smallBuffers.Get().(*[smallFile]byte)
		defer smallBuffers.Put(buf)
		if _, err := io.ReadFull(f, buf[:st.size]); err != nil {
			return &unreadable{t.key, err}
		}
		c.data = buf[:st.size]
	}
	if t.remote == nil {
		return c.send(ctx, Upload, bucket.Condition{Absent: true})
	}
	return c.compare(ctx)
}

// remove deletes an object that a newer manifest has replaced. What the
// manifest names, and what has none beside it, stays.
func (o *Options) remove(ctx context.Context, t *task) error {
	m, err := readManifest(filepath.Join(o.Lake.Dir(), filepath.FromSlash(path.Dir(t.key)), manifestName))
	if err != nil {
		return err
	}
	if m == nil || slices.ContainsFunc(m.Files, func(f manifestFile) bool { return f.Name == path.Base(t.key) }) {
		t.slot.action = Action{Verb: keep, Key: t.key, Bytes: t.remote.Size}
		return nil
	}
	a := Action{Verb: Delete, Key: t.key, Bytes: t.remote.Size, Why: "a newer manifest has replaced it"}
	if !o.DryRun && !o.Check {
		if err := o.Bucket.Delete(ctx, t.key); err != nil {
			return err
		}
	}
	t.slot.action = a
	return nil
}

// copying is one file that is compared or sent.
type copying struct {
	o    *Options
	t    *task
	f    *os.File
	data []byte // the whole file, when it is small
}

// each writes the file's bytes to w.
func (c *copying) each(w io.Writer) error {
	if c.data != nil {
		_, err := w.Write(c.data)
		return err
	}
	n, err := io.Copy(w, io.NewSectionReader(c.f, 0, c.t.local.size))
	if err == nil && n != c.t.local.size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return &unreadable{c.t.key, err}
	}
	return nil
}

// compare holds a file against the object that the bucket has, by content:
// by the checksum in the ledger when the object is still the one that was
// put, else by its ETag when that is the MD5, else by the checksum that is
// stored with it.
func (c *copying) compare(ctx context.Context) error {
	l, k, r := c.t.local, c.t.known, c.t.remote
	sum := c.o.Bucket.NewSum(l.size)
	if k != nil && k.etag == r.ETag {
		if like := bucket.SummerLike(k.sum); like != nil {
			sum = like
		}
	}
	var md hash.Hash
	into := io.Writer(sum)
	if (k == nil || k.etag != r.ETag) && isMD5(r.ETag) {
		md = md5.New() //nolint:gosec // it is what S3 makes ETags of
		into = io.MultiWriter(sum, md)
	}
	if err := c.each(into); err != nil {
		return err
	}
	is := sum.Sum()
	ofLedger := k != nil && k.etag == r.ETag
	switch {
	case l.size != r.Size:
	case ofLedger && k.sum == is:
		c.touch(is, r.ETag)
		return nil
	case ofLedger && c.o.Check && k.stamp == l.stamp:
		c.t.slot.action = Action{Verb: Correct, Key: c.t.key, Bytes: l.size, Why: "the content is not what the ledger says"}
		return nil
	case ofLedger:
	case md != nil && hex.EncodeToString(md.Sum(nil)) == r.ETag:
		c.touch(is, r.ETag)
		return nil
	default:
		info, err := c.o.Bucket.Head(ctx, c.t.key)
		if tpe.CodeOf(err) == tpe.NotFound {
			return c.send(ctx, Upload, bucket.Condition{Absent: true})
		}
		if err != nil {
			return err
		}
		r.ETag, r.Size = info.ETag, info.Size
		if info.Sum == is && info.Size == l.size {
			c.touch(is, r.ETag)
			return nil
		}
	}
	if why := c.spoiled(is); why != "" {
		c.t.slot.action = Action{Verb: Refuse, Key: c.t.key, Bytes: l.size, Why: why}
		return nil
	}
	return c.send(ctx, Replace, bucket.Condition{ETag: r.ETag})
}

// isMD5 reports whether an ETag may be the MD5 of an object in one piece.
func isMD5(etag string) bool { return len(etag) == 2*md5.Size }

// touch notes that the bucket has the content.
func (c *copying) touch(sum bucket.Sum, etag string) {
	verb := Touch
	if k := c.t.known; k != nil && k.stamp == c.t.local.stamp && k.etag == etag {
		verb = same // a check has read it
	}
	c.done(verb, sum, etag)
}

func (c *copying) done(verb Verb, sum bucket.Sum, etag string) {
	l := c.t.local
	c.t.slot.action = Action{Verb: verb, Key: c.t.key, Bytes: l.size}
	c.t.slot.entry = entry{key: c.t.key, stamp: l.stamp, sum: sum, etag: etag}
}

// spoiled says why the file must not replace its copy: it is a sealed
// segment, and neither its index nor the ledger vouches for what it holds.
func (c *copying) spoiled(is bucket.Sum) string {
	if k := c.t.known; k != nil && k.sum == is {
		return ""
	}
	p := filepath.Join(c.o.Lake.Dir(), filepath.FromSlash(c.t.key))
	segment, whole, err := c.o.Lake.Whole(c.t.key)
	switch {
	case err != nil:
		return fmt.Sprintf("%s cannot be compared with its index: %v", p, err)
	case segment && !whole:
		return "it is sealed, and its index says that it held something else: see tpe lake verify"
	default:
		return ""
	}
}

// send puts the file into the bucket.
func (c *copying) send(ctx context.Context, verb Verb, when bucket.Condition) error {
	l := c.t.local
	if c.o.DryRun || c.o.Check {
		c.t.slot.action = Action{Verb: verb, Key: c.t.key, Bytes: l.size}
		return nil
	}
	var etag string
	var sum bucket.Sum
	var err error
	if c.data != nil {
		etag, sum, err = c.o.Bucket.Put(ctx, c.t.key, c.data, when)
	} else {
		in := &watched{in: c.f}
		etag, sum, err = c.o.Bucket.Upload(ctx, c.t.key, in, l.size, when, nil)
		if failed := in.failed.Load(); err != nil && failed != nil {
			err = &unreadable{c.t.key, *failed}
		}
	}
	if err != nil {
		return err
	}
	c.done(verb, sum, etag)
	return nil
}
