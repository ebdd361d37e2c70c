package source

import (
	"bytes"
	"slices"
	"testing"
	"testing/iotest"
)

// FuzzRead checks what holds for every input: the items lie in order and do
// not overlap, between them there is nothing but space and the punctuation
// of an array, lines are counted right, and it makes no difference in what
// pieces the input arrives.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"{\"a\":1}\n{\"a\":2}\n", "{\n \"a\": [1, {}]\n}\n{\n}", "[{},\n{\"a\":\"]\"}]", "{\"a\":\"\n{\"b\":1}\n",
		"\ufeff{}\r\n\r\n{}", "[1,,2] x\n{", "{\"a\":\\\"}", "[[[\n{\n{", "\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "\x00\x00\n", "{}{}{",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	f.Fuzz(func(t *testing.T, input []byte, named bool) {
		name := "-"
		if named {
			name = "x.ndjson"
		}
		opts := Options{MaxRecord: 64}
		items := collect(t, name, bytes.NewReader(input), opts)
		if pieces := collect(t, name, iotest.OneByteReader(bytes.NewReader(input)), opts); !slices.Equal(items, pieces) {
			t.Errorf("whole:       %+v\nbyte by byte: %+v", items, pieces)
		}
		if bytes.HasPrefix(input, gzipMagic) || bytes.HasPrefix(input, zstdMagic) {
			return
		}
		at := 0
		if bytes.HasPrefix(input, byteOrderMark) {
			at = len(byteOrderMark)
		}
		for _, it := range items {
			start := int(it.Offset)
			if start < at {
				t.Fatalf("item at %d overlaps the one before, which ends at %d: %+v", start, at, items)
			}
			between(t, input[at:start])
			if line := 1 + bytes.Count(input[:start], []byte{'\n'}); line != it.Line {
				t.Fatalf("item at %d is on line %d, said to be on %d", start, line, it.Line)
			}
			if !bytes.HasPrefix(input[start:], []byte(it.Data)) {
				t.Fatalf("item at %d is %q", start, it.Data)
			}
			if it.Kind == TooLarge {
				return // its end is not known to the test
			}
			at = start + len(it.Data)
		}
		between(t, input[at:])
	})
}

// between fails when bytes that lie in no item could belong to a record.
func between(t *testing.T, b []byte) {
	t.Helper()
	if rest := bytes.Trim(b, " \t\r\n\v\f\u0085\u00a0[],"); len(rest) > 0 {
		t.Fatalf("%q is in no item", rest)
	}
}
