package bucket_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/bucket/buckettest"
	"github.com/power100/tpe/internal/tpe"
)

func TestMain(m *testing.M) {
	buckettest.Main()
	os.Exit(m.Run())
}

func random(t *testing.T, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t *testing.T, b *bucket.Bucket, key string) ([]byte, error) {
	t.Helper()
	r, _, err := b.Get(t.Context(), key)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func TestPutAndGet(t *testing.T) {
	s := buckettest.Start(t, buckettest.Options{})
	b := s.Open(func(o *bucket.Options) { o.Prefix = "a/b=1/" })
	ctx := t.Context()
	data := []byte("one\n")
	etag, _, err := b.Put(ctx, "day=1/ä +x.ndjson", data, bucket.Condition{Absent: true})
	if err != nil || etag == "" {
		t.Fatal(etag, err)
	}
	if s.Objects()["a/b=1/day=1/ä +x.ndjson"] != 4 {
		t.Errorf("%v", s.Objects())
	}
	info, err := b.Head(ctx, "day=1/ä +x.ndjson")
	if err != nil || info.ETag != etag || info.Size != 4 || !strings.HasPrefix(string(info.Sum), "sha256:") {
		t.Errorf("%+v %v", info, err)
	}
	if got, err := read(t, b, "day=1/ä +x.ndjson"); err != nil || string(got) != "one\n" {
		t.Errorf("%q %v", got, err)
	}
	// The same content in the way is no conflict; other content is.
	if again, _, err := b.Put(ctx, "day=1/ä +x.ndjson", data, bucket.Condition{Absent: true}); err != nil || again != etag {
		t.Errorf("the same again: %s %v", again, err)
	}
	if _, _, err := b.Put(ctx, "day=1/ä +x.ndjson", []byte("two"), bucket.Condition{Absent: true}); tpe.CodeOf(err) != tpe.Conflict {
		t.Errorf("other content: %v", err)
	}
	if _, _, err := b.Put(ctx, "day=1/ä +x.ndjson", []byte("two"), bucket.Condition{ETag: "0123"}); tpe.CodeOf(err) != tpe.Conflict {
		t.Errorf("another object: %v", err)
	}
	if _, _, err := b.Put(ctx, "day=1/ä +x.ndjson", []byte("two"), bucket.Condition{ETag: etag}); err != nil {
		t.Errorf("the object that was meant: %v", err)
	}
	if err := b.Delete(ctx, "day=1/ä +x.ndjson"); err != nil {
		t.Error(err)
	}
	if err := b.Delete(ctx, "day=1/ä +x.ndjson"); err != nil {
		t.Errorf("delete what is gone: %v", err)
	}
	if _, err := b.Head(ctx, "day=1/ä +x.ndjson"); tpe.CodeOf(err) != tpe.NotFound {
		t.Errorf("look at what is gone: %v", err)
	}
	if _, err := read(t, b, "day=1/ä +x.ndjson"); tpe.CodeOf(err) != tpe.NotFound {
		t.Errorf("get what is gone: %v", err)
	}
}

func TestAFlippedByteIsSeen(t *testing.T) {
	s := buckettest.Start(t, buckettest.Options{})
	b := s.Open()
	if _, _, err := b.Put(t.Context(), "x", random(t, 1000), bucket.Condition{}); err != nil {
		t.Fatal(err)
	}
	s.Flip("x", 500)
	if _, err := read(t, b, "x"); tpe.CodeOf(err) != tpe.Mismatch {
		t.Errorf("%v", err)
	}
}

func TestList(t *testing.T) {
	s := buckettest.Start(t, buckettest.Options{})
	b := s.Open(func(o *bucket.Options) { o.Prefix = "p" })
	var want []string
	for i := range 1203 {
		want = append(want, fmt.Sprintf("d/%04d", i))
	}
	want = append(want, "d-x", "d=x", "D", "ä")
	for _, key := range want {
		if _, _, err := b.Put(t.Context(), key, nil, bucket.Condition{}); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(want)
	var got []string
	for o, err := range b.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o.Key)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d keys, want %d", len(got), len(want))
	}
	got = nil
	for o, err := range b.List(t.Context(), "d/12") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o.Key)
		if len(got) == 2 {
			break
		}
	}
	if !slices.Equal(got, []string{"d/1200", "d/1201"}) {
		t.Errorf("%v", got)
	}
}

func TestVersions(t *testing.T) {
	s := buckettest.Start(t, buckettest.Options{Versions: true})
	b := s.Open()
	ctx := t.Context()
	for _, text := range []string{"one", "two"} {
		if _, _, err := b.Put(ctx, "raw/x", []byte(text), bucket.Condition{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Delete(ctx, "raw/x"); err != nil {
		t.Fatal(err)
	}
	var all []bucket.Version
	marks := 0
	for v, err := range b.Versions(ctx, "raw/") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
		if v.Deleted {
			marks++
		}
	}
	if len(all) != 3 || marks != 1 {
		t.Fatalf("%+v", all)
	}
	for _, v := range all {
		if err := b.DeleteVersion(ctx, v.Key, v.ID); err != nil {
			t.Fatal(err)
		}
	}
	for v, err := range b.Versions(ctx, "") {
		t.Errorf("left: %+v %v", v, err)
	}
}

const partSize = 5 << 20

func TestParts(t *testing.T) {
	s := buckettest.Start(t, buckettest.Options{})
	b := s.Open(func(o *bucket.Options) { o.PartSize = partSize })
	ctx := t.Context()
	data := random(t, 2*partSize+7)
	var sent atomic.Int64
	etag, sum, err := b.Upload(ctx, "big", bytes.NewReader(data), int64(len(data)), bucket.Condition{Absent: true}, func(n int64) { sent.Add(n) })
	if err != nil || sent.Load() != int64(len(data)) || !strings.HasPrefix(string(sum), "crc64nvme:") {
		t.Fatal(etag, sum, err)
	}
	info, err := b.Head(ctx, "big")
	if err != nil || info.Sum != sum || info.ETag != etag {
		t.Errorf("%+v, %v, want %s %s", info, err, etag, sum)
	}
	if got, err := read(t, b, "big"); err != nil || !bytes.Equal(got, data) {
		t.Errorf("read back: %v", err)
	}
	if again, _, err := b.Upload(ctx, "big", bytes.NewReader(data), int64(len(data)), bucket.Condition{Absent: true}, nil); err != nil || again != etag {
		t.Errorf("the same again: %v", err)
	}
	data[partSize+1]++
	if _, _, err := b.Upload(ctx, "big", bytes.NewReader(data), int64(len(data)), bucket.Condition{Absent: true}, nil); tpe.CodeOf(err) != tpe.Conflict {
		t.Errorf("other content: %v", err)
	}
	if got, err := read(t, b, "big"); err != nil || bytes.Equal(got, data) {
		t.Errorf("it was replaced: %v", err)
	}
	// A file that became shorter while it was read is refused.
	if _, _, err := b.Upload(ctx, "short", bytes.NewReader(data[:partSize]), int64(len(data)), bucket.Condition{}, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a short file: %v", err)
	}
}

func TestPartsAreNotSentTwice(t *testing.T) {
	s := buckettest.Start(t, buckettest.Options{})
	p := buckettest.StartProxy(t, s)
	data := random(t, 3*partSize+100)
	var parts, completions atomic.Int64
	p.Refuse = func(r *http.Request) (int, string) {
		if r.Method == http.MethodPut && r.URL.Query().Has("partNumber") {
			if parts.Add(1) > 2 {
				return http.StatusForbidden, "AccessDenied"
			}
		}
		return 0, ""
	}
	b := s.Open(func(o *bucket.Options) { o.PartSize, o.Endpoint = partSize, p.URL })
	if _, _, err := b.Upload(t.Context(), "big", bytes.NewReader(data), int64(len(data)), bucket.Condition{Absent: true}, nil); tpe.CodeOf(err) != tpe.Forbidden {
		t.Fatalf("cut short: %v", err)
	}
	parts.Store(0)
	p.Refuse = func(r *http.Request) (int, string) {
		if r.Method == http.MethodPut && r.URL.Query().Has("partNumber") {
			parts.Add(1)
		}
		return 0, ""
	}
	// The answer to the completion is lost: the object is there all the same.
	p.CutAnswer = func(r *http.Request) bool {
		return r.Method == http.MethodPost && r.URL.Query().Has("uploadId") && completions.Add(1) == 1
	}
	if _, _, err := b.Upload(t.Context(), "big", bytes.NewReader(data), int64(len(data)), bucket.Condition{Absent: true}, nil); err != nil {
		t.Fatal(err)
	}
	if parts.Load() != 2 || completions.Load() != 2 {
		t.Errorf("%d parts were sent, want 2; %d completions", parts.Load(), completions.Load())
	}
	if got, err := read(t, b, "big"); err != nil || !bytes.Equal(got, data) {
		t.Errorf("read back: %v", err)
	}
}

func TestHarmOnTheWay(t *testing.T) {
	s := buckettest.Start(t, buckettest.Options{})
	p := buckettest.StartProxy(t, s)
	var retries, n atomic.Int64
	b := s.Open(func(o *bucket.Options) { o.Endpoint, o.OnRetry = p.URL, func(error) { retries.Add(1) } })
	p.Refuse = func(*http.Request) (int, string) {
		if n.Add(1)%3 == 0 {
			return http.StatusServiceUnavailable, "SlowDown"
		}
		return 0, ""
	}
	p.CutBody = func(r *http.Request) int64 {
		if n.Load()%4 == 0 {
			return 10
		}
		return 0
	}
	p.CutAnswer = func(r *http.Request) bool { return r.Method == http.MethodPut && n.Load()%5 == 0 }
	for i := range 12 {
		if _, _, err := b.Put(t.Context(), fmt.Sprint("k", i), random(t, 200+i), bucket.Condition{Absent: true}); err != nil {
			t.Fatal(i, err)
		}
	}
	if len(s.Objects()) != 12 || retries.Load() == 0 {
		t.Errorf("%d objects after %d retries", len(s.Objects()), retries.Load())
	}
}

func TestFaultsHaveTheirCodes(t *testing.T) {
	s := buckettest.Start(t, buckettest.Options{})
	ctx := t.Context()
	for _, c := range []struct {
		name   string
		change func(*bucket.Options)
		code   tpe.Code
		hint   string
	}{
		{"a wrong key", func(o *bucket.Options) { o.SecretAccessKey = "wrong" }, tpe.Unauthorized, "AWS_SECRET_ACCESS_KEY"},
		{"an unknown key", func(o *bucket.Options) { o.AccessKeyID = "nobody" }, tpe.Unauthorized, "AWS_ACCESS_KEY_ID"},
		{"no bucket", func(o *bucket.Options) { o.Name = "no-such-bucket" }, tpe.Unavailable, "make the bucket"},
		{"no server", func(o *bucket.Options) { o.Endpoint, o.Attempts = "http://127.0.0.1:1", 2 }, tpe.Unavailable, "AWS_ENDPOINT_URL"},
	} {
		b := s.Open(c.change)
		_, _, put := b.Put(ctx, "x", []byte("x"), bucket.Condition{})
		var list error
		for _, err := range b.List(ctx, "") {
			list = err
		}
		for what, err := range map[string]error{"put": put, "list": list} {
			if tpe.CodeOf(err) != c.code || !strings.Contains(tpe.HintOf(err), c.hint) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s, %s: code %s, hint %q: %v", c.name, what, tpe.CodeOf(err), tpe.HintOf(err), err)
			}
		}
		if err := b.Check(ctx); err == nil {
			t.Errorf("%s: the check sees nothing", c.name)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := s.Open().Put(ended, "x", []byte("x"), bucket.Condition{}); !errors.Is(err, context.Canceled) || tpe.CodeOf(err) != tpe.Interrupted {
		t.Errorf("interrupted: %v", err)
	}
	for _, name := range []string{"", "a/b", "a b"} {
		if _, err := bucket.New(ctx, bucket.Options{Name: name}); tpe.CodeOf(err) != tpe.Misuse {
			t.Errorf("the name %q: %v", name, err)
		}
	}
}
