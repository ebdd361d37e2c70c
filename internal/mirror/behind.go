package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// manifest is what a sync wants to know of a day's manifest.
type manifest struct {
	Files  []manifestFile `json:"files"`
	Inputs []manifestFile `json:"inputs"` // relative to raw
}

type manifestFile struct {
	Name string `json:"name"`
}

// readManifest reads a manifest of the lake; nil when there is none.
func readManifest(path string) (*manifest, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	m := new(manifest)
	if err == nil {
		err = json.Unmarshal(b, m)
	}
	if err != nil {
		return nil, &unreadable{"manifest " + path, err}
	}
	return m, nil
}

// guard keeps the files of a day that was compacted in the bucket, or by
// another lake, from being replaced by older ones.
type guard struct {
	manifest *task
	asked    bool
	behind   bool
	err      error
}

// ask reports whether the lake's Parquet of the day is behind the bucket's.
func (g *guard) ask(ctx context.Context, o *Options) (bool, error) {
	if !g.asked {
		g.asked = true
		g.behind, g.err = o.behind(ctx, g.manifest)
	}
	return g.behind, g.err
}

// behind reports whether the bucket's manifest is one that somebody else put
// there, and counts raw files that are in the bucket and that the lake's own
// manifest does not count.
func (o *Options) behind(ctx context.Context, t *task) (bool, error) {
	if t.assumed {
		there, err := o.object(ctx, t.key)
		if there == nil || err != nil {
			return false, err
		}
		t.remote = there
	}
	if t.remote == nil || t.known != nil && t.known.etag == t.remote.ETag {
		return false, nil
	}
	in, _, err := o.Bucket.Get(ctx, t.key)
	if tpe.CodeOf(err) == tpe.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	text, err := io.ReadAll(in)
	if err = errors.Join(err, in.Close()); err != nil {
		return false, fmt.Errorf("get %s: %w", t.key, err)
	}
	var theirs manifest
	if json.Unmarshal(text, &theirs) != nil {
		return false, nil //nolint:nilerr // nobody can read it
	}
	ours, err := readManifest(filepath.Join(o.Lake.Dir(), filepath.FromSlash(t.key)))
	if err != nil || ours == nil {
		return false, err
	}
	counted := map[string]bool{}
	for _, input := range ours.Inputs {
		counted[strings.TrimSuffix(input.Name, ".zst")] = true
	}
	for _, input := range theirs.Inputs {
		if counted[strings.TrimSuffix(input.Name, ".zst")] {
			continue
		}
		if _, err := o.Bucket.Head(ctx, "raw/"+input.Name); tpe.CodeOf(err) != tpe.NotFound {
			return err == nil, err
		}
	}
	return false, nil
}
