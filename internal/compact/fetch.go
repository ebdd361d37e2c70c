package compact

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
)

// ahead is how many raw objects are brought to the disk at once. One that has
// been read is removed, so that the disk holds no more of them.
const ahead = 16

// maxEnding is how many bytes of the name of a raw object its copy on the disk
// keeps.
const maxEnding = 100

// fetch brings a raw object to the disk, under a name of the same ending, which
// is no longer than a file's may be. The
// error is of the code Mismatch when its bytes are not those of its checksum.
func (o *objects) fetch(ctx context.Context, name string) (_ string, release func(), err error) {
	ending := path.Base(name)
	ending = ending[max(0, len(ending)-maxEnding):]
	file, err := o.download(ctx, "raw/"+name, func() (*os.File, error) { return os.CreateTemp(o.spool, "raw-*-"+ending) })
	if err != nil {
		return "", nil, err
	}
	return file, func() { _ = os.Remove(file) }, nil // the folder is removed at the latest
}

// download brings an object to the disk, into the file that create makes. When
// it fails, the file is removed.
func (o *objects) download(ctx context.Context, key string, create func() (*os.File, error)) (string, error) {
	in, _, err := o.bucket.Get(ctx, key)
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }() // only read from
	f, err := create()
	if err != nil {
		return "", fmt.Errorf("fetch %s: %w", key, err)
	}
	_, err = io.Copy(f, in)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(f.Name()) // the folder is removed at the latest
		return "", fmt.Errorf("fetch %s: %w", key, err)
	}
	return f.Name(), nil
}

// fetched is a raw file on the disk, or why it is not there.
type fetched struct {
	path    string
	release func()
	err     error
}

// opened yields the paths of the inputs on the disk, in their order; each is
// valid until the next one. Those of a bucket are fetched while others are
// read. The first error ends it.
func opened(ctx context.Context, inputs []input) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if len(inputs) > 0 && inputs[0].from.remote == nil {
			for i := range inputs {
				if !yield(inputs[i].path(), nil) {
					return
				}
			}
			return
		}
		ctx, stop := context.WithCancel(ctx)
		coming := make(chan chan fetched, ahead-1)
		go func() {
			defer close(coming)
			for i := range inputs {
				one := make(chan fetched, 1)
				select {
				case coming <- one:
				case <-ctx.Done():
					return
				}
				go func() {
					var f fetched
					f.path, f.release, f.err = inputs[i].open(ctx)
					one <- f
				}()
			}
		}()
		more := true
		for one := range coming {
			f := <-one
			if more {
				more = yield(f.path, f.err) && f.err == nil
			}
			if f.err == nil {
				f.release()
			}
			if !more {
				stop() // and let go of what is on its way
			}
		}
		stop()
	}
}
