package lake

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"

	"github.com/cespare/xxhash/v2"

	"github.com/power100/tpe/internal/tpe"
)

// errIndex is returned for an index that is broken or of another kind. It
// must be made again.
var errIndex = errors.New("broken index")

// index is an index that was opened. Only its head is in memory.
type index struct {
	indexHead
	path string
	sum  uint64 // xxhash of the rows
}

// openIndex reads the head of an index. The error is errIndex when the file
// is there and wrong.
func openIndex(path string) (*index, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read from
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	x, err := readIndex(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("open index %s: %w", path, err)
	}
	x.path = path
	return x, nil
}

// readIndex reads the head of an index of size bytes.
func readIndex(r io.ReaderAt, size int64) (*index, error) {
	minimum := int64(len(indexMagic) + indexFooter)
	if size < minimum {
		return nil, errIndex
	}
	foot := make([]byte, indexFooter)
	if _, err := r.ReadAt(foot, size-int64(indexFooter)); err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	x := &index{sum: le.Uint64(foot)}
	headSum, headLen := le.Uint64(foot[8:]), le.Uint64(foot[16:])
	if string(foot[24:]) != indexMagic || headLen > uint64(size-minimum) {
		return nil, errIndex
	}
	head := make([]byte, headLen)
	if _, err := r.ReadAt(head, size-int64(indexFooter)-int64(headLen)); err != nil {
		return nil, err
	}
	if xxhash.Sum64(head) != headSum {
		return nil, errIndex
	}
	d := decoder{b: head}
	x.decode(&d)
	rows := uint64(size-minimum) - headLen
	switch {
	case d.failed, len(d.b) != 0, rows%rowSize != 0, x.Count != rows/rowSize,
		uint64(len(x.fences)) != (x.Count+fenceEvery-1)/fenceEvery,
		len(x.bloom) == 0, len(x.bloom)%bloomBlock != 0:
		return nil, errIndex
	}
	return x, nil
}

// decode reads the head.
func (h *indexHead) decode(d *decoder) {
	h.Count = d.uvarint()
	h.Hash, h.Digest, h.OnDisk = d.word(), d.word(), d.word()
	h.Bytes = d.uvarint()
	h.MinMillis, h.MaxMillis = d.varint(), d.varint()
	for range d.length(3) {
		h.Types = append(h.Types, d.text())
		h.Tallies = append(h.Tallies, tally{Records: d.uvarint(), Marked: d.uvarint()})
	}
	for range d.length(4) {
		h.Files = append(h.Files, indexFile{Name: d.text(), Size: d.varint(), ModTime: d.varint(), Damaged: d.uvarint()})
	}
	for range d.length(1) {
		h.Days = append(h.Days, Day(d.varint()))
	}
	h.fences, h.bloom = d.words(), d.words()
}

// size is about how many bytes the head takes in memory.
func (x *index) size() int { return 512 + 8*len(x.fences) + 8*len(x.bloom) + 64*len(x.Types) }

// lookup finds a record in the rows, which are read from r. It is for keys
// that the bloom filter has.
func (x *index) lookup(r io.ReaderAt, k *key, hash uint64) (match, error) {
	// The first block that can hold the key is the one before the first
	// fence that is not smaller.
	at := sort.Search(len(x.fences), func(i int) bool { return x.fences[i] >= k.prefix() })
	if at > 0 {
		at--
	}
	var buf [fenceEvery * rowSize]byte
	found := unknown
	for ; at < len(x.fences); at++ {
		first := uint64(at) * fenceEvery
		n := int(min(fenceEvery, x.Count-first))
		b := buf[:n*rowSize]
		if _, err := r.ReadAt(b, int64(len(indexMagic))+int64(first)*rowSize); err != nil {
			return unknown, fmt.Errorf("read index %s: %w", x.path, err)
		}
		i := sort.Search(n, func(i int) bool {
			return compareKeys((*key)(b[i*rowSize:]), k) >= 0
		})
		for ; i < n; i++ {
			if c := compareKeys((*key)(b[i*rowSize:]), k); c != 0 {
				return found, nil
			}
			if binary.LittleEndian.Uint64(b[i*rowSize+16:]) == hash {
				return equal, nil
			}
			found = differs
		}
	}
	return found, nil
}

// rowReader streams the rows of an index.
type rowReader struct {
	x    *index
	f    *os.File
	in   *bufio.Reader
	sum  *xxhash.Digest
	left uint64
	buf  [rowSize]byte
}

// rows opens the index to be read from its first row, with a buffer of about
// the given number of bytes.
func (x *index) rows(buffer int) (*rowReader, error) {
	f, err := os.Open(x.path)
	if err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(io.NewSectionReader(f, int64(len(indexMagic)), int64(x.Count)*rowSize), buffer)
	return &rowReader{x: x, f: f, in: in, sum: xxhash.New(), left: x.Count}, nil
}

// next reads one row; false at the end. The error is errIndex when the rows
// are not those that were written.
func (r *rowReader) next(out *row) (bool, error) {
	if r.left == 0 {
		if r.sum.Sum64() != r.x.sum {
			return false, r.broken()
		}
		return false, nil
	}
	if _, err := io.ReadFull(r.in, r.buf[:]); err != nil {
		return false, fmt.Errorf("read index %s: %w", r.x.path, err)
	}
	r.left--
	_, _ = r.sum.Write(r.buf[:])
	out.get(r.buf[:])
	if int(out.typ) >= len(r.x.Types) || int(out.file) >= max(1, len(r.x.Files)) {
		return false, r.broken()
	}
	return true, nil
}

func (r *rowReader) broken() error {
	return &tpe.Error{
		Code: tpe.Mismatch, Message: fmt.Sprintf("the index %s is damaged", r.x.path),
		Hint: "verify the lake: that makes damaged indexes again", Err: errIndex,
	}
}

// check reads all rows to see whether they are those that were written.
func (x *index) check() error {
	rows, err := x.rows(rowBuffer)
	if err != nil {
		return err
	}
	defer rows.close()
	var r row
	for more := true; more && err == nil; {
		more, err = rows.next(&r)
	}
	return err
}

func (r *rowReader) close() { _ = r.f.Close() } // only read from

// hasType reports whether a record of the type is in the index.
func (h *indexHead) hasType(name string) bool { return slices.Contains(h.Types, name) }

// decoder reads values from a byte string and remembers when it ran out.
type decoder struct {
	b      []byte
	failed bool
}

func (d *decoder) fail() {
	d.failed = true
	d.b = nil
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) varint() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) word() uint64 {
	if len(d.b) < 8 {
		d.fail()
		return 0
	}
	v := binary.LittleEndian.Uint64(d.b)
	d.b = d.b[8:]
	return v
}

// length reads the number of things that follow, each at least size bytes.
func (d *decoder) length(size int) int {
	n := d.uvarint()
	if n > uint64(len(d.b)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) text() string {
	n := d.length(1)
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}

func (d *decoder) words() []uint64 {
	n := d.length(8)
	if n == 0 {
		return nil
	}
	w := make([]uint64, n)
	for i := range w {
		w[i] = d.word()
	}
	return w
}
