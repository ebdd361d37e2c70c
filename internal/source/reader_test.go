package source

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
)

// got is an Item in a form that outlives the sequence.
type got struct {
	Line   int
	Offset int64
	Data   string
	Kind   FaultKind
}

func collect(t testing.TB, name string, r io.Reader, opts Options) []got {
	t.Helper()
	var all []got
	for it := range Read(t.Context(), r, name, opts) {
		g := got{Line: it.Line, Offset: it.Offset, Data: string(it.Data)}
		if it.Err != nil {
			g.Kind = it.Err.Kind
		}
		if it.File != name {
			t.Fatalf("file %q, want %q", it.File, name)
		}
		all = append(all, g)
	}
	return all
}

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func zstded(t testing.TB, b []byte, opts ...zstd.EOption) []byte {
	t.Helper()
	enc, err := zstd.NewWriter(nil, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return enc.EncodeAll(b, nil)
}

func TestLayouts(t *testing.T) {
	pretty := "{\n  \"a\": [\n    {\n      \"b\": \"}\\\"\"\n    }\n  ]\n}"
	tests := []struct {
		name  string
		file  string
		input string
		want  []got
	}{
		{"lines", "x.ndjson", "{\"a\":1}\n{\"a\":2}\n", []got{{1, 0, `{"a":1}`, 0}, {2, 8, `{"a":2}`, 0}}},
		{"lines without a last line end", "x.jsonl", "{\"a\":1}\n{\"a\":2}", []got{{1, 0, `{"a":1}`, 0}, {2, 8, `{"a":2}`, 0}}},
		{"a torn last line", "x.ndjson", "{\"a\":1}\n{\"a\":\"", []got{{1, 0, `{"a":1}`, 0}, {2, 8, `{"a":"`, Torn}}},
		{"a torn last line that is all there is", "x.json", "{\"a\":1,", []got{{1, 0, `{"a":1,`, Torn}}},
		{"blank lines, spaces and carriage returns", "x.ndjson", "\r\n  \n{\"a\":1}\r\n\n {\"a\":2}\t\r\n", []got{{3, 5, `{"a":1}`, 0}, {5, 15, " {\"a\":2}\t", 0}}},
		{"byte order mark", "x.ndjson", "\ufeff{\"a\":1}\n", []got{{1, 3, `{"a":1}`, 0}}},
		{"byte order mark before pretty", "x.json", "\ufeff{\n}\n", []got{{1, 3, "{\n}", 0}}},
		{"nothing", "x.ndjson", "", nil},
		{"nothing but space", "x.json", " \n\t\n", nil},
		{"nothing but a mark", "x.json", "\ufeff", nil},
		{"lines that the name does not promise", "-", "{\"a\":1}\n{\"a\":2}\n", []got{{1, 0, `{"a":1}`, 0}, {2, 8, `{"a":2}`, 0}}},
		{"a broken first line, then lines", "-", "{\"a\":\n{\"a\":2}\n", []got{{1, 0, `{"a":`, 0}, {2, 6, `{"a":2}`, 0}}},
		{"text", "-", "hello\n{\"a\":1}\n", []got{{1, 0, "hello", 0}, {2, 6, `{"a":1}`, 0}}},
		{"broken lines stay lines", "x.jsonl", "{\n}\n", []got{{1, 0, "{", 0}, {2, 2, "}", 0}}},
		{"one on a line", "x.json", "{\"a\":1}", []got{{1, 0, `{"a":1}`, 0}}},
		{"two on a line", "x.json", "{\"a\":1} {\"a\":2}", []got{{1, 0, `{"a":1}`, 0}, {1, 8, `{"a":2}`, 0}}},
		{"pretty", "x.json", pretty + "\n", []got{{1, 0, pretty, 0}}},
		{"pretty ones, one after the other", "-", pretty + "\n" + pretty + pretty, []got{{1, 0, pretty, 0}, {8, 46, pretty, 0}, {14, 91, pretty, 0}}},
		{"pretty, cut off", "x.json", pretty[:30], []got{{1, 0, pretty[:30], Torn}}},
		{"pretty, cut off, another behind", "x.json", pretty[:38] + "\n" + pretty, []got{{1, 0, strings.TrimRight(pretty[:38], space), 0}, {6, 39, pretty, 0}}},
		{"pretty, cut off inside a string, another behind", "x.json", "{\n \"a\": \"b\n" + pretty, []got{{1, 0, "{\n \"a\": \"b", 0}, {3, 11, pretty, 0}}},
		{"pretty with a wrong bracket", "x.json", "{\n \"a\": ]\n}\n{\n}", []got{{1, 0, "{\n \"a\": ]\n}", 0}, {4, 12, "{\n}", 0}}},
		{"pretty with text behind", "x.json", "{\n}\nend } of\n{\n}", []got{{1, 0, "{\n}", 0}, {3, 4, "end } of", 0}, {4, 13, "{\n}", 0}}},
		{"array", "x.json", "[\n{\"a\":1},\n {\"a\":\n2}\n]\n", []got{{2, 2, `{"a":1}`, 0}, {3, 12, "{\"a\":\n2}", 0}}},
		{"array of one line named lines", "x.ndjson", `[{"a":1},{"a":2}]`, []got{{1, 1, `{"a":1}`, 0}, {1, 9, `{"a":2}`, 0}}},
		{"empty array", "x.json", "[ ]", nil},
		{"two arrays", "x.json", "[{}]\n[{}]", []got{{1, 1, "{}", 0}, {2, 6, "{}", 0}}},
		{"array of what are no records", "x.json", `[1, "a,]", null, [2,{}] ,true]`, []got{{1, 1, "1", 0}, {1, 4, `"a,]"`, 0}, {1, 11, "null", 0}, {1, 17, "[2,{}]", 0}, {1, 25, "true", 0}}},
		{"array with wrong commas", "x.json", "[,{}{},]", []got{{1, 1, "", Misplaced}, {1, 2, "{}", 0}, {1, 4, "", Misplaced}, {1, 4, "{}", 0}, {1, 7, "", Misplaced}}},
		{"array, not closed", "x.json", "[\n{},\n", []got{{2, 2, "{}", 0}, {3, 6, "", Torn}}},
		{"array, cut off in a record", "x.json", "[{},{\"a\"", []got{{1, 1, "{}", 0}, {1, 4, `{"a"`, Torn}, {1, 8, "", Torn}}},
		{"array with a stray brace", "x.json", "[}]", []got{{1, 1, "}", 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, form := range []struct {
				name string
				r    io.Reader
			}{
				{"plain", strings.NewReader(tt.input)},
				{"byte by byte", iotest.OneByteReader(strings.NewReader(tt.input))},
				{"gzip", bytes.NewReader(gzipped(t, []byte(tt.input)))},
				{"zstd", bytes.NewReader(zstded(t, []byte(tt.input)))},
			} {
				if items := collect(t, tt.file, form.r, Options{}); !slices.Equal(items, tt.want) {
					t.Errorf("%s:\n got %+v\nwant %+v", form.name, items, tt.want)
				}
			}
		})
	}
}

func TestRecordsLargerThanTheBuffer(t *testing.T) {
	big := `{"a":"` + strings.Repeat("x", 3*chunkSize) + `"}`
	lines := "{}\n" + big + "\n{}\n"
	want := []got{{1, 0, "{}", 0}, {2, 3, big, 0}, {3, int64(len(big)) + 4, "{}", 0}}
	if items := collect(t, "x.ndjson", strings.NewReader(lines), Options{}); !slices.Equal(items, want) {
		t.Error("lines differ")
	}
	pretty := strings.ReplaceAll(lines, `"a":`, "\n\"a\":")
	prettyBig := strings.ReplaceAll(big, `"a":`, "\n\"a\":")
	want = []got{{1, 0, "{\n}", 0}, {2, 3, "{}", 0}, {3, 6, prettyBig, 0}, {5, int64(len(big)) + 8, "{}", 0}}
	if items := collect(t, "x.json", strings.NewReader("{\n}"+pretty), Options{}); !slices.Equal(items, want) {
		t.Error("documents differ")
	}
}

func TestTooLarge(t *testing.T) {
	for _, size := range []int{100, 101, chunkSize, 4*chunkSize + 5} {
		record := `{"a":"` + strings.Repeat("x", size-8) + `"}`
		input := "{\n}\n" + record + "\n{}\n"
		var want []got
		if size == 100 {
			want = []got{{1, 0, "{\n}", 0}, {3, 4, record, 0}, {4, 105, "{}", 0}}
		} else {
			want = []got{{1, 0, "{\n}", 0}, {3, 4, "", TooLarge}, {4, int64(size) + 5, "{}", 0}}
		}
		if items := collect(t, "x.json", strings.NewReader(input), Options{MaxRecord: 100}); !slices.Equal(items, want) {
			t.Errorf("values, %d bytes: got %+v", size, items)
		}
		for _, end := range []string{"\n", "\r\n"} {
			input = "{}" + end + record + end + "{}" + end
			for _, r := range []io.Reader{strings.NewReader(input), iotest.HalfReader(strings.NewReader(input))} {
				var sizes []int64
				for it := range Read(t.Context(), r, "x.ndjson", Options{MaxRecord: 100}) {
					if it.Err != nil {
						sizes = append(sizes, it.Err.Size)
					}
				}
				if size > 100 && !slices.Equal(sizes, []int64{int64(size)}) || size == 100 && sizes != nil {
					t.Errorf("lines, %d bytes: faults of %d bytes", size, sizes)
				}
			}
		}
	}
}

// endless yields n times the same byte.
type endless struct {
	c byte
	n int64
}

func (e *endless) Read(p []byte) (int, error) {
	if e.n == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), e.n, 1<<16))
	for done := copy(p[:n], []byte{e.c}); done < n; done *= 2 {
		copy(p[done:n], p[:done])
	}
	e.n -= int64(n)
	return n, nil
}

func TestLineOfOneGigabyte(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a gigabyte")
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := io.MultiReader(strings.NewReader("{}\n{\"a\":\""), &endless{'x', 1 << 30}, strings.NewReader("\"}\n{}\n"))
	var items []got
	for it := range Read(t.Context(), r, "x.ndjson", Options{}) {
		g := got{Line: it.Line, Offset: it.Offset, Data: string(it.Data)}
		if it.Err != nil {
			g.Kind = it.Err.Kind
			if it.Err.Size != 1<<30+8 {
				t.Errorf("size %d, want %d", it.Err.Size, 1<<30+8)
			}
		}
		items = append(items, g)
	}
	want := []got{{1, 0, "{}", 0}, {2, 3, "", TooLarge}, {3, 1<<30 + 12, "{}", 0}}
	if !slices.Equal(items, want) {
		t.Errorf("got %+v", items)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
		t.Errorf("allocated %d bytes", used)
	}
}

func TestBombs(t *testing.T) {
	zeros := func(w io.WriteCloser, n int64) {
		if _, err := io.Copy(w, &endless{'0', n}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var gz, zs bytes.Buffer
	w, err := gzip.NewWriterLevel(&gz, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	zeros(w, ratioFrom+(16<<20))
	z, err := zstd.NewWriter(&zs)
	if err != nil {
		t.Fatal(err)
	}
	zeros(z, ratioFrom+(16<<20))
	for name, bomb := range map[string][]byte{"gzip": gz.Bytes(), "zstd": zs.Bytes()} {
		items := collect(t, "x.ndjson", bytes.NewReader(bomb), Options{})
		if len(items) != 2 || items[0].Kind != TooLarge || items[1].Kind != Bomb {
			t.Errorf("%s: got %+v", name, items)
		}
		items = collect(t, "x.ndjson", bytes.NewReader(bomb), Options{MaxExpanded: 1 << 20})
		if len(items) != 2 || items[1].Kind != Bomb {
			t.Errorf("%s with an absolute limit: got %+v", name, items)
		}
	}
	// A frame that asks for a window of 1 GiB and holds nothing.
	frame := append(slices.Clone(zstdMagic), 0x00, 20<<3)
	if items := collect(t, "x.ndjson", bytes.NewReader(frame), Options{}); len(items) != 1 || items[0].Kind != Bomb {
		t.Errorf("window: got %+v", items)
	}
}

func TestCorruptStreams(t *testing.T) {
	var input []byte
	for i := range 5000 {
		input = fmt.Appendf(input, "{\"a\":\"%d %x\"}\n", i, i*i*7919)
	}
	for name, whole := range map[string][]byte{"gzip": gzipped(t, input), "zstd": zstded(t, input)} {
		t.Run(name, func(t *testing.T) {
			items := collect(t, "x.ndjson", bytes.NewReader(whole[:len(whole)-10]), Options{})
			last := items[len(items)-1]
			if last.Kind != Corrupt {
				t.Errorf("cut off: the last item is %+v", last)
			}
			items = collect(t, "x.ndjson", bytes.NewReader(whole[:5]), Options{})
			if len(items) != 1 || items[0].Kind != Corrupt {
				t.Errorf("header only: %+v", items)
			}
			two := slices.Concat(whole, whole)
			if items = collect(t, "x.ndjson", bytes.NewReader(two), Options{}); len(items) != 10000 {
				t.Errorf("two streams in one file: %d items", len(items))
			}
		})
	}
}

func TestUnreadable(t *testing.T) {
	broken := errors.New("disk on fire")
	for _, head := range [][]byte{[]byte("{}\n{\"a"), gzipped(t, []byte("{}\n"))[:12]} {
		r := io.MultiReader(bytes.NewReader(head), iotest.ErrReader(broken))
		var last Item
		for it := range Read(t.Context(), r, "x.ndjson", Options{}) {
			last = it
		}
		if last.Err == nil || last.Err.Kind != Unreadable || !errors.Is(last.Err, broken) {
			t.Errorf("after %q: %+v", head, last.Err)
		}
	}
	for it := range NewReader(Options{}).FileItems(t.Context(), File{Path: "nowhere.json"}) {
		if it.Err == nil || it.Err.Kind != Unreadable || !errors.Is(it.Err, os.ErrNotExist) {
			t.Errorf("a file that is not there: %+v", it)
		}
	}
}

func TestSealedBeforeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.ndjson")
	if err := os.WriteFile(path+".zst", zstded(t, []byte("{}\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	n := 0
	for it := range NewReader(Options{}).FileItems(t.Context(), File{Path: path + ".open", Live: true}) {
		if it.Err != nil {
			t.Error(it.Err)
		}
		n++
	}
	if n != 1 {
		t.Errorf("%d items", n)
	}
}

func TestCancel(t *testing.T) {
	for _, name := range []string{"x.ndjson", "x.json"} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		pieces := make([]io.Reader, 1000)
		for i := range pieces {
			pieces[i] = strings.NewReader("{}\n{\n")
		}
		n := 0
		for it := range Read(ctx, io.MultiReader(pieces...), name, Options{}) {
			if it.Err != nil {
				t.Errorf("%s: a fault after the end: %v", name, it.Err)
			}
			n++
			cancel()
		}
		if n > 2 { // what was read already may still come
			t.Errorf("%s: %d items after the cancellation", name, n)
		}
	}
}

func TestEachKeepsTheOrder(t *testing.T) {
	var input bytes.Buffer
	const count = 50000
	for i := range count {
		fmt.Fprintf(&input, "{\"n\":%d}\n", i)
	}
	rd := NewReader(Options{})
	next := 0
	err := Each(t.Context(), rd.Chunks(t.Context(), &input, "x.ndjson"), 4,
		func() func(*Chunk) []string {
			return func(c *Chunk) []string {
				var out []string
				for it := range c.Items() {
					out = append(out, string(it.Data))
				}
				return out
			}
		},
		func(lines []string) error {
			for _, line := range lines {
				if want := fmt.Sprintf(`{"n":%d}`, next); line != want {
					return fmt.Errorf("got %s, want %s", line, want)
				}
				next++
			}
			return nil
		})
	if err != nil || next != count {
		t.Errorf("%d lines, %v", next, err)
	}
}

func TestEachStopsAtAnError(t *testing.T) {
	rd := NewReader(Options{})
	stop := errors.New("stop")
	seen := 0
	err := Each(t.Context(), rd.Chunks(t.Context(), &endless{'\n', 1 << 40}, "x.ndjson"), 2,
		func() func(*Chunk) int { return func(*Chunk) int { return 0 } },
		func(int) error {
			if seen++; seen == 3 {
				return stop
			}
			return nil
		})
	if !errors.Is(err, stop) || seen != 3 {
		t.Errorf("%v after %d", err, seen)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = Each(ctx, rd.Chunks(ctx, &endless{'\n', 1 << 40}, "x.ndjson"), 2,
		func() func(*Chunk) int { return func(*Chunk) int { return 0 } },
		func(int) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestInterruptible(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	text := strings.Repeat("0123456789", 100_000)
	r := Interruptible(ctx, iotest.HalfReader(strings.NewReader(text)))
	if got, err := io.ReadAll(r); err != nil || string(got) != text {
		t.Errorf("read %d bytes of %d: %v", len(got), len(text), err)
	}
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}

	silent, w := io.Pipe()
	defer w.Close()
	r = Interruptible(ctx, silent)
	done := make(chan error)
	go func() {
		_, err := r.Read(make([]byte, 1))
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
