package erase

import (
	"bytes"
	"context"
	"io"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/bucket/buckettest"
	"github.com/power100/tpe/internal/tpe"
)

func TestMain(m *testing.M) {
	buckettest.Main()
	os.Exit(m.Run())
}

// linesAsParquet stands for the reader of Parquet: it reads lines.
func linesAsParquet(_ context.Context, path string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		b, err := os.ReadFile(path)
		if err != nil {
			yield(nil, err)
			return
		}
		for line := range bytes.Lines(b) {
			if !yield(bytes.TrimSpace(line), nil) {
				return
			}
		}
	}
}

// cutShort leaves an upload that lacks its second part.
func cutShort(t *testing.T, s *buckettest.Server, key string) {
	t.Helper()
	const part = 5 << 20
	p := buckettest.StartProxy(t, s)
	p.Refuse = func(r *http.Request) (int, string) {
		if r.URL.Query().Get("partNumber") == "2" {
			return http.StatusForbidden, "AccessDenied"
		}
		return 0, ""
	}
	b := s.Open(func(o *bucket.Options) { o.PartSize, o.Endpoint = part, p.URL })
	if _, _, err := b.Upload(t.Context(), key, bytes.NewReader(make([]byte, 2*part)), 2*part, bucket.Condition{}, nil); tpe.CodeOf(err) != tpe.Forbidden {
		t.Fatal(err)
	}
}

// No version of any object has anything of the person afterwards; the latest
// ones are the lake's own files, or what is left of the object.
func TestObjects(t *testing.T) {
	for _, versions := range []bool{true, false} {
		ctx := t.Context()
		s := buckettest.Start(t, buckettest.Options{Versions: versions})
		b := s.Open()
		dir := t.TempDir()
		put := func(key, text string) {
			if _, _, err := b.Put(ctx, key, []byte(text), bucket.Condition{}); err != nil {
				t.Fatal(err)
			}
		}
		own := `{"user_id":"136","user_type":"contractor"}` + "\n"
		mention := `{"user_id":"9","note":"ask dana@whitfield.example"}` + "\n"
		other := `{"user_id":"9"}` + "\n"
		put("raw/a.ndjson", own+other)     // an older version
		put("raw/a.ndjson", mention+other) // the lake has the file without her
		put("raw/b.ndjson", own+other)     // the lake has no such file
		put("raw/c.ndjson", own)           // nothing is left of it
		put("raw/d.ndjson", other)         // nothing of her
		put("parquet/e.parquet", own+other)
		put("quarantine/f.ndjson", `{"reason":"r","body":{"user_id":136}}`+"\n")
		put("engine.tmp/run/2026-11-23/rows/x", "PAR1, and no more of it")
		put("exports/g.ndjson", own+other) // the lake has it, too, with her
		cutShort(t, s, "raw/big.ndjson")
		clean := `{"user_id":"9","note":"ask [erased]"}` + "\n" + other
		for key, text := range map[string]string{"raw/a.ndjson": clean, "exports/g.ndjson": own + other} {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, key)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, key), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		o := &Objects{Bucket: b, Dir: dir, Parquet: linesAsParquet}
		found, err := o.Look(ctx, dana(t), func(string) {})
		want := uint64(8)
		if versions {
			want = 9
		}
		if err != nil || found.Files != want {
			t.Fatalf("%+v, %v", found, err)
		}
		if _, err := o.Erase(ctx, dana(t), func(string) {}); err != nil {
			t.Fatal(err)
		}
		// Look again with nothing remembered.
		o = &Objects{Bucket: b, Dir: dir, Parquet: linesAsParquet}
		if found, err := o.Look(ctx, dana(t), func(string) {}); err != nil || !found.Empty() {
			t.Errorf("%+v, %v", found, err)
		}
		for key, want := range map[string]string{"raw/a.ndjson": clean, "raw/b.ndjson": other, "raw/c.ndjson": "", "raw/d.ndjson": other, "parquet/e.parquet": "", "quarantine/f.ndjson": "", "engine.tmp/run/2026-11-23/rows/x": "", "exports/g.ndjson": other} {
			got := ""
			if r, _, err := b.Get(ctx, key); err == nil {
				text, err := io.ReadAll(r)
				if err != nil {
					t.Error(err)
				}
				_ = r.Close()
				got = string(text)
			}
			if strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("versions %v: %s is %q, want %q", versions, key, got, want)
			}
		}
	}
}

// What cannot be looked into stays as it is, with the records of others; all
// else is erased, and the erasure fails, so that no receipt is signed.
func TestObjectsDamaged(t *testing.T) {
	ctx := t.Context()
	own, other := `{"user_id":"136","user_type":"contractor"}`+"\n", `{"user_id":"9"}`+"\n"
	frame := func(text string) []byte {
		w, err := zstd.NewWriter(nil, zstd.WithEncoderCRC(true))
		if err != nil {
			t.Fatal(err)
		}
		return w.EncodeAll([]byte(text), nil)
	}
	broken := frame(other)
	broken[len(broken)-1] ^= 0xff // its checksum
	large := `{"user_id":"9","note":"` + strings.Repeat("x", 50<<20) + `"}` + "\n"
	damaged := map[string]string{
		"raw/a.ndjson.zst": string(slices.Concat(frame(own), broken, frame(other))),
		"raw/b.ndjson.zst": string(slices.Concat(broken, frame(own))),
		"raw/c.ndjson":     large + own,
		"raw/d.ndjson.gz":  "\x1f\x8b\x08cut off",
	}
	s := buckettest.Start(t, buckettest.Options{})
	o := &Objects{Bucket: s.Open(), Dir: t.TempDir(), Parquet: linesAsParquet}
	put := func(key, text string) {
		if _, _, err := o.Bucket.Put(ctx, key, []byte(text), bucket.Condition{}); err != nil {
			t.Fatal(err)
		}
	}
	for key, text := range damaged {
		put(key, text)
	}
	put("raw/whole.ndjson", own+other)
	found, err := o.Look(ctx, dana(t), func(string) {})
	if err != nil || len(found.Damaged) != len(damaged) || found.Records != 1 || tpe.CodeOf(found.Whole()) != tpe.Invalid {
		t.Errorf("look: %d damaged, %d records, %v", len(found.Damaged), found.Records, err)
	}
	if _, err := o.Erase(ctx, dana(t), func(string) {}); tpe.CodeOf(err) != tpe.Invalid || tpe.HintOf(err) == "" || !strings.Contains(err.Error(), "raw/a.ndjson.zst: line 2") {
		t.Errorf("erase: %v", err)
	}
	damaged["raw/whole.ndjson"] = other
	for key, want := range damaged {
		if got, err := os.ReadFile(s.Path(key)); err != nil || string(got) != want {
			t.Errorf("%s has %d bytes, want %d: %v", key, len(got), len(want), err)
		}
		if err := o.Bucket.Delete(ctx, key); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := o.Erase(ctx, dana(t), func(string) {}); err != nil {
		t.Errorf("once they are gone: %v", err)
	}
}

var _ Place = (*Objects)(nil)
