package lake

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/cespare/xxhash/v2"
)

// An index says which records lie in a segment, or in the foreign files of
// one folder. It is derived: a missing or broken one is made again from the
// files. Its layout:
//
//	magic
//	rows, sorted, rowSize bytes each
//	head: what is below in indexHead, and the fences and the bloom filter
//	xxhash of the rows, xxhash of the head, length of the head, magic
const indexMagic = "tpeidx01"

const (
	indexFooter = 8 + 8 + 8 + len(indexMagic)
	fenceEvery  = 96 // rows between two fences: about one page
	maxTypes    = 1 << 24
)

// indexHead is what is read of an index when it is opened.
type indexHead struct {
	Count     uint64
	Hash      uint64 // sum of the content hashes
	Digest    uint64 // xxhash of the segment's lines; 0 for foreign files
	OnDisk    uint64 // xxhash of the segment's file; 0 for foreign files
	Bytes     uint64 // of the segment, before compression; 0 for foreign files
	MinMillis int64
	MaxMillis int64
	Types     []string
	Tallies   []tally // one for each type
	Files     []indexFile
	Days      []Day // the days of UTC on which the records lie

	fences []uint64 // prefix of the key of every fenceEvery-th row
	bloom  bloom
}

// tally counts the records of one type.
type tally struct {
	Records uint64 // all of them
	Marked  uint64 // those that are marked as the second copy of another one
}

// indexFile is a file at the time it was indexed.
type indexFile struct {
	Name    string // relative to the folder of the index, with slashes
	Size    int64
	ModTime int64  // nanoseconds since 1970
	Damaged uint64 // places that are no records
}

// indexWriter writes an index row by row, in their order.
type indexWriter struct {
	d         disk
	f         file
	path, tmp string
	out       *bufio.Writer
	sum       *xxhash.Digest
	head      indexHead
	days      map[Day]bool
	buf       [rowSize]byte
}

// newIndex begins the index at path for count rows. Of the head the caller
// gives what the rows do not tell.
func (l *Lake) newIndex(path string, count int, head indexHead) (*indexWriter, error) {
	if len(head.Types) > maxTypes {
		return nil, fmt.Errorf("write index: %d types", len(head.Types))
	}
	if err := makeDir(l.disk, filepath.Dir(path)); err != nil {
		return nil, err
	}
	w := &indexWriter{d: l.disk, path: path, tmp: tmpName(path), sum: xxhash.New(), days: map[Day]bool{}}
	f, err := w.d.open(w.tmp, os.O_RDWR|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return nil, fmt.Errorf("create index: %w", err)
	}
	w.f = f
	w.out = bufio.NewWriterSize(newAppendWriter(f), 64<<10)
	_, _ = w.out.WriteString(indexMagic) // a bufio.Writer keeps its first error
	w.head = head
	w.head.Tallies = make([]tally, len(head.Types))
	w.head.MinMillis, w.head.MaxMillis = math.MaxInt64, math.MinInt64
	w.head.fences = make([]uint64, 0, (count+fenceEvery-1)/fenceEvery)
	w.head.bloom = newBloom(count)
	return w, nil
}

// add appends one row.
func (w *indexWriter) add(r *row) error {
	h := &w.head
	if h.Count%fenceEvery == 0 {
		h.fences = append(h.fences, r.key.prefix())
	}
	h.Count++
	h.Hash += r.hash
	h.bloom.add(&r.key)
	h.MinMillis, h.MaxMillis = min(h.MinMillis, r.ms), max(h.MaxMillis, r.ms)
	t := &h.Tallies[r.typ]
	t.Records++
	if r.flags&flagMarked != 0 {
		t.Marked++
	}
	if day := dayOfMillis(r.ms); len(h.Days) == 0 || h.Days[len(h.Days)-1] != day && !w.days[day] {
		w.days[day] = true
		h.Days = append(h.Days, day)
	}
	r.put(w.buf[:])
	_, _ = w.sum.Write(w.buf[:])
	_, err := w.out.Write(w.buf[:])
	return err
}

// finish completes the file and gives it its name.
func (w *indexWriter) finish() (*index, error) {
	head := w.head.encode()
	foot := make([]byte, 0, indexFooter)
	foot = binary.LittleEndian.AppendUint64(foot, w.sum.Sum64())
	foot = binary.LittleEndian.AppendUint64(foot, xxhash.Sum64(head))
	foot = binary.LittleEndian.AppendUint64(foot, uint64(len(head)))
	foot = append(foot, indexMagic...)
	_, _ = w.out.Write(head)
	_, _ = w.out.Write(foot)
	if err := w.out.Flush(); err != nil {
		return nil, errors.Join(fmt.Errorf("write index %s: %w", w.path, err), w.abort())
	}
	if err := commitFile(w.d, w.f, w.tmp, w.path); err != nil {
		return nil, errors.Join(fmt.Errorf("finish index %s: %w", w.path, err), removeIfThere(w.d, w.tmp))
	}
	return &index{indexHead: w.head, path: w.path, sum: w.sum.Sum64()}, nil
}

// abort removes the temporary file.
func (w *indexWriter) abort() error {
	return errors.Join(w.f.Close(), removeIfThere(w.d, w.tmp))
}

// encode writes the head.
func (h *indexHead) encode() []byte {
	b := binary.AppendUvarint(nil, h.Count)
	b = binary.LittleEndian.AppendUint64(b, h.Hash)
	b = binary.LittleEndian.AppendUint64(b, h.Digest)
	b = binary.LittleEndian.AppendUint64(b, h.OnDisk)
	b = binary.AppendUvarint(b, h.Bytes)
	b = binary.AppendVarint(b, h.MinMillis)
	b = binary.AppendVarint(b, h.MaxMillis)
	b = binary.AppendUvarint(b, uint64(len(h.Types)))
	for i, t := range h.Types {
		b = appendString(b, t)
		b = binary.AppendUvarint(b, h.Tallies[i].Records)
		b = binary.AppendUvarint(b, h.Tallies[i].Marked)
	}
	b = binary.AppendUvarint(b, uint64(len(h.Files)))
	for _, f := range h.Files {
		b = appendString(b, f.Name)
		b = binary.AppendVarint(b, f.Size)
		b = binary.AppendVarint(b, f.ModTime)
		b = binary.AppendUvarint(b, f.Damaged)
	}
	b = binary.AppendUvarint(b, uint64(len(h.Days)))
	for _, d := range h.Days {
		b = binary.AppendVarint(b, int64(d))
	}
	for _, words := range [][]uint64{h.fences, h.bloom} {
		b = binary.AppendUvarint(b, uint64(len(words)))
		for _, w := range words {
			b = binary.LittleEndian.AppendUint64(b, w)
		}
	}
	return b
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// damaged counts the places in foreign files that are no records.
func (h *indexHead) damaged() (n uint64) {
	for i := range h.Files {
		n += h.Files[i].Damaged
	}
	return n
}
