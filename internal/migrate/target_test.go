package migrate

import (
	"bytes"
	"slices"
	"testing"
)

// The stream of COPY is read the same however it is cut, and anything else is
// an error or no row, never a panic.
func FuzzCopyOut(f *testing.F) {
	head := copySignature + "\x00\x00\x00\x00\x00\x00\x00\x00"
	f.Add([]byte(head+"\x00\x02\x00\x00\x00\x01a\xff\xff\xff\xff\x00\x00\xff\xff"), 3)
	f.Add([]byte(head+"\xff\xff"), 1)
	f.Add([]byte("no copy at all, but long enough"), 5)
	f.Fuzz(func(t *testing.T, stream []byte, step int) {
		read := func(step int) (rows []string, err error) {
			c := &copyOut{row: func(fields [][]byte) error {
				row := ""
				for _, b := range fields {
					if b == nil {
						row += "N"
					}
					row += string(b) + "|"
				}
				rows = append(rows, row)
				return nil
			}}
			for rest := stream; len(rest) > 0 && err == nil; rest = rest[min(step, len(rest)):] {
				_, err = c.Write(rest[:min(step, len(rest))])
			}
			return rows, err
		}
		whole, err := read(max(1, len(stream)))
		parts, partsErr := read(1 + min(abs(step), 1000)%16)
		if !slices.Equal(whole, parts) || (err == nil) != (partsErr == nil) {
			t.Errorf("%q and %q, %v and %v", whole, parts, err, partsErr)
		}
	})
}

func abs(n int) int {
	if n < 0 {
		return max(0, -n)
	}
	return n
}

// Sums come out as they were packed, and other bytes are refused or are sums.
func FuzzSums(f *testing.F) {
	f.Add(bytes.Repeat([]byte{1}, 2*sumSize))
	f.Add([]byte("x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		sums, err := unpackSums(b)
		if (err == nil) != (len(b)%sumSize == 0) {
			t.Fatal(err)
		}
		if err == nil && !bytes.Equal(packSums(sums), b) {
			t.Errorf("%x is packed as %x", b, packSums(sums))
		}
	})
}
