package mirror

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// Copy is the bucket as a copy of the lake, to be verified.
type Copy struct {
	Bucket *bucket.Bucket
	Dir    string // for the objects that are fetched
}

// Files yields the keys that begin with a prefix, in their order.
func (c Copy) Files(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for o, err := range c.Bucket.List(ctx, prefix) {
			if !yield(o.Key, err) || err != nil {
				return
			}
		}
	}
}

// maxEnding is how many bytes of an object's name the temporary file keeps,
// so that its own name does not get too long.
const maxEnding = 100

// Fetch reads an object into a temporary file. Bytes that are not those of
// the checksum that is stored with the object are kept: they are what is to
// be looked at.
func (c Copy) Fetch(ctx context.Context, key string) (out lake.Fetched, err error) {
	in, _, err := c.Bucket.Get(ctx, key)
	if err != nil {
		return out, err
	}
	defer func() { _ = in.Close() }() // only read from
	ending := path.Base(key)
	ending = ending[max(0, len(ending)-maxEnding):]
	f, err := os.CreateTemp(c.Dir, "*-"+ending)
	if err != nil {
		return out, fmt.Errorf("fetch %s: %w", key, err)
	}
	out = lake.Fetched{Path: f.Name(), Release: func() { _ = os.Remove(f.Name()) }}
	_, err = io.Copy(f, in)
	if tpe.CodeOf(err) == tpe.Mismatch {
		out.Damaged, err = true, nil
	}
	if err = errors.Join(err, f.Close()); err != nil {
		out.Release()
		return lake.Fetched{}, fmt.Errorf("fetch %s: %w", key, err)
	}
	return out, nil
}
