package depot

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/power100/tpe/internal/tpe"
)

const key = "0b9d7f0e-1111-4222-8333-444455556666"

// box is a remote place in memory, which can refuse.
type box struct {
	objects map[string][]byte
	err     error
}

func (b *box) Store(_ context.Context, key string, r io.ReaderAt, size int64) error {
	if b.err != nil {
		return b.err
	}
	data, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	b.objects[key] = data
	return err
}

func (b *box) Open(_ context.Context, key string) (io.ReadCloser, error) {
	data, ok := b.objects[key]
	if !ok {
		return nil, tpe.Errorf(tpe.NotFound, "gone")
	}
	return io.NopCloser(bytes.NewReader(data)), b.err
}

func (b *box) Remove(_ context.Context, key string) error { delete(b.objects, key); return b.err }

func open(t *testing.T, remote Remote) (*Depot, string) {
	t.Helper()
	dir := t.TempDir()
	d, err := Open(dir, remote)
	if err != nil {
		t.Fatal(err)
	}
	return d, dir
}

func read(t *testing.T, d *Depot) string {
	t.Helper()
	f, err := d.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAppend(t *testing.T) {
	d, _ := open(t, nil)
	add := func(offset, most int64, r io.Reader, size int64, code tpe.Code) {
		t.Helper()
		got, err := d.Append(key, offset, most, r)
		if got != size || tpe.CodeOf(err) != code {
			t.Errorf("at %d: %d, %v; want %d, %s", offset, got, err, size, code)
		}
	}
	add(0, 10, strings.NewReader("hello"), 5, "")
	add(6, 10, strings.NewReader("x"), 5, tpe.Conflict)
	add(3, 10, strings.NewReader("p"), 4, "") // the rest was never acknowledged
	add(4, 10, io.MultiReader(strings.NewReader("me"), iotest.ErrReader(io.ErrUnexpectedEOF)), 6, tpe.Internal)
	add(6, 10, strings.NewReader("1234567"), 10, tpe.TooLarge)
	add(10, 10, strings.NewReader(""), 10, "")
	if got := read(t, d); got != "helpme1234" {
		t.Error(got)
	}
}

func TestKeep(t *testing.T) {
	remote := &box{objects: map[string][]byte{}}
	for name, r := range map[string]Remote{"local": nil, "remote": remote} {
		d, dir := open(t, r)
		if _, err := d.Append(key, 0, 100, strings.NewReader("content")); err != nil {
			t.Fatal(err)
		}
		if r != nil {
			remote.err = tpe.Errorf(tpe.Unavailable, "away")
			if err := d.Keep(t.Context(), key); tpe.CodeOf(err) != tpe.Unavailable || read(t, d) != "content" {
				t.Errorf("%s: %v", name, err)
			}
			remote.err = nil
		}
		for range 2 { // a second time does nothing
			if err := d.Keep(t.Context(), key); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if got := read(t, d); got != "content" {
				t.Errorf("%s: %q", name, got)
			}
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "incoming", "*")); len(left) > 0 {
			t.Errorf("%s: %v", name, left)
		}
		for range 2 {
			if err := d.Remove(t.Context(), key); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := d.Open(t.Context(), key); tpe.CodeOf(err) != tpe.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A process that is killed between the copy to the bucket and the removal of
// the local file finds both, and ends with one.
func TestKeptTwice(t *testing.T) {
	remote := &box{objects: map[string][]byte{key: []byte("content")}}
	d, dir := open(t, remote)
	if _, err := d.Append(key, 0, 100, strings.NewReader("content")); err != nil {
		t.Fatal(err)
	}
	if err := d.Keep(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "incoming", key)); !errors.Is(err, os.ErrNotExist) || read(t, d) != "content" {
		t.Error(err)
	}
}

func TestKeysOfRequests(t *testing.T) {
	d, _ := open(t, &box{})
	for _, bad := range []string{"", "..", "../../etc/passwd", "a/b/c/d/e/f/g", "A1111111", "0b9d7f0e-1111\x00aa", strings.Repeat("a", 65)} {
		_, err := d.Append(bad, 0, 1, strings.NewReader("x"))
		_, openErr := d.Open(t.Context(), bad)
		if err == nil || openErr == nil || d.Keep(t.Context(), bad) == nil || d.Remove(t.Context(), bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(file, nil); tpe.CodeOf(err) != tpe.Unavailable || tpe.HintOf(err) == "" {
		t.Error(err)
	}
}
