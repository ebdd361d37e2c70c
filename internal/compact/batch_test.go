package compact

import (
	"fmt"
	"strings"
	"testing"
)

// TestBatch fills batches from a buffer that holds one record at a time.
func TestBatch(t *testing.T) {
	var b batch
	var buf []byte
	for _, size := range []int{10, 3000, batchBytes / 2, 2 * blockBytes, 20} {
		b.clear()
		var want []string
		for !b.full(size) {
			n := len(want)
			want = append(want, fmt.Sprintf(`{"a":%d,"name_%d":"%s"}`, n, size, strings.Repeat("x", size)))
			buf = append(fmt.Appendf(buf[:0], "type%did%d", n, n), want[n]...)
			at := len(buf) - len(want[n])
			k := key{typ: buf[:at/2], ms: int64(n), id: buf[at/2 : at]}
			if err := b.add(&sorted{key: k, record: buf[at:], size: len(want[n]), origin: n}, false); err != nil {
				t.Fatal(err)
			}
		}
		clear(buf)
		for n, r := range b.records {
			if r.ms != int64(n) || r.origin != n || string(r.typ)+string(r.id) != fmt.Sprintf("type%did%d", n, n) {
				t.Fatalf("%d bytes: record %d is %q %q of %d", size, n, r.typ, r.id, r.origin)
			}
			if string(r.tape.Src) != want[n] || len(r.tape.Nodes) != 5 || n > 0 && r.tape.Memory() != b.records[len(want)-1].tape.Memory() {
				t.Fatalf("%d bytes: record %d is %.40s with %d nodes", size, n, r.tape.Src, len(r.tape.Nodes))
			}
		}
		if len(want) > 1 && b.size > batchBytes || len(want) > batchRecords {
			t.Fatalf("%d records of %d bytes are one batch", len(want), size)
		}
	}
	if b.clear(); cap(b.copies[0]) > blockBytes {
		t.Error("the copy of an enormous record is kept")
	}
	if err := b.add(&sorted{record: []byte("[]")}, true); err == nil || len(b.records) > 0 {
		t.Error("a list is a record")
	}
}
