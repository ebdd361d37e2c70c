package columns

import (
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/format"

	"github.com/power100/tpe/internal/tape"
)

// Limits of a row group and of a page.
const (
	groupRows  = 120 << 10 // rows
	groupBytes = 128 << 20 // bytes of JSON
	pageBytes  = 1 << 20   // bytes of values
	wordyBytes = 4 << 20   // bytes of long texts, in which more repeats the farther one looks back
	pageRows   = 20 << 10  // rows, so that the page index is of use
	lookRows   = 1 << 10   // rows after which the sizes of the pages are looked at
	lookBytes  = 1 << 20   // bytes of JSON after which they are looked at
)

// Options of a Writer.
type Options struct {
	Version string // of the program, for the file's footer; may be empty
}

// Writer writes records into one Parquet file after the other. It is not
// safe for concurrent use. After an error nothing but Reset may be called.
type Writer struct {
	opts   Options
	layout *layout
	shred  *shredder
	spans  []*span
	leaves []*leaf
	enc    *encoder
	filter filter

	out    io.Writer
	offset int64
	file   footer

	rows   int // of the row group
	bytes  int // of JSON in the row group
	looked int // row of the last look at the pages
	unseen int // bytes of JSON since then
}

// NewWriter returns a Writer. Reset gives it a file.
func NewWriter(opts Options) (*Writer, error) {
	enc, err := newEncoder()
	if err != nil {
		return nil, err
	}
	w := &Writer{opts: opts, layout: newLayout(), enc: enc}
	for _, n := range w.layout.spans {
		s := &span{node: n}
		if n.parent != nil {
			s.parent = w.spans[n.parent.span]
		}
		w.spans = append(w.spans, s)
	}
	for _, n := range w.layout.leaves {
		w.leaves = append(w.leaves, newLeaf(n, w.spans[n.span]))
	}
	w.shred = &shredder{w: w}
	return w, nil
}

// Reset begins a file on out, which gets every byte in order.
func (w *Writer) Reset(out io.Writer) error {
	w.out, w.offset, w.file = out, 0, footer{}
	w.resetGroup()
	return w.write([]byte(magic))
}

// magic begins and ends every Parquet file.
const magic = "PAR1"

// Append adds a record, whose text is an object. Records that belong into
// one file come sorted by type, time and id.
func (w *Writer) Append(t *tape.Tape) error {
	w.spans[0].put(w.rows)
	w.shred.record(t, w.rows)
	w.rows++
	w.bytes += len(t.Src)
	w.unseen += len(t.Src)
	if w.rows >= groupRows || w.bytes >= groupBytes {
		return w.flushGroup()
	}
	if w.unseen >= lookBytes || w.rows >= w.looked+lookRows {
		return w.look()
	}
	return nil
}

// Size returns the bytes of the file so far, the finished pages of the
// current row group included.
func (w *Writer) Size() int64 {
	size := w.offset
	for _, l := range w.leaves {
		size += int64(len(l.chunk.pages))
	}
	return size
}

// Close ends the file. It does not close what Reset was given.
func (w *Writer) Close() error {
	if err := w.flushGroup(); err != nil {
		return err
	}
	return w.writeFooter()
}

func (w *Writer) write(b []byte) error {
	n, err := w.out.Write(b)
	w.offset += int64(n)
	return err
}

// look ends the pages that are large enough.
func (w *Writer) look() error {
	w.looked, w.unseen = w.rows, 0
	for _, l := range w.leaves {
		if l.early && l.count() >= dictionaryTrial {
			l.decide()
		}
		if l.full(w.rows) {
			if err := w.flushPage(l); err != nil {
				return err
			}
		}
	}
	return nil
}

// flushPage ends the page of l after the last row.
func (w *Writer) flushPage(l *leaf) error {
	l.span.fill(w.rows)
	l.fill(len(l.span.levels))
	if len(l.levels) == 0 {
		return nil
	}
	if (l.mode == trialMode || l.early) && l.count() > 0 {
		l.decide()
	}
	var reps []byte
	if l.node.rep > 0 {
		reps = l.span.reps[l.first:l.entries]
	}
	if l.node.traits&bloomed != 0 {
		w.filter.add(&l.plain)
	}
	if err := w.enc.dataPage(l, reps); err != nil {
		return fmt.Errorf("column %v: %w", l.node.column(), err)
	}
	l.clearPage()
	l.first, l.row = l.entries, w.rows
	if l.mode == dictMode && l.dict.full() {
		l.mode = plainMode
	}
	return nil
}

// flushGroup ends the row group and writes it.
func (w *Writer) flushGroup() error {
	if w.rows == 0 {
		return nil
	}
	g := format.RowGroup{
		NumRows:        int64(w.rows),
		FileOffset:     w.offset,
		Ordinal:        int16(len(w.file.groups)),
		SortingColumns: w.layout.sorting(),
	}
	for _, l := range w.leaves {
		if err := w.flushPage(l); err != nil {
			return err
		}
		c, err := w.writeChunk(l)
		if err != nil {
			return fmt.Errorf("column %v: %w", l.node.column(), err)
		}
		g.Columns = append(g.Columns, c)
		g.TotalByteSize += c.MetaData.TotalUncompressedSize
		g.TotalCompressedSize += c.MetaData.TotalCompressedSize
	}
	for i, l := range w.leaves {
		if l.node.traits&bloomed == 0 {
			continue
		}
		b, err := w.filter.bytes()
		if err != nil {
			return err
		}
		g.Columns[i].MetaData.BloomFilterOffset = w.offset
		g.Columns[i].MetaData.BloomFilterLength = int32(len(b))
		if err := w.write(b); err != nil {
			return err
		}
	}
	w.file.add(g, w.leaves)
	w.resetGroup()
	return nil
}

// writeChunk writes the pages of l and returns what the footer says of them.
func (w *Writer) writeChunk(l *leaf) (format.ColumnChunk, error) {
	m := format.ColumnMetaData{
		Type:         l.node.kind.physical(),
		PathInSchema: l.node.column(),
		Codec:        format.Zstd,
		NumValues:    l.chunk.entries,
	}
	start := w.offset
	if l.dict.values.len() > 0 {
		var page chunk
		if err := w.enc.dictionaryPage(&page, &l.dict.values); err != nil {
			return format.ColumnChunk{}, err
		}
		m.DictionaryPageOffset = w.offset
		m.TotalUncompressedSize = page.raw
		m.EncodingStats = page.stats
		if err := w.write(page.pages); err != nil {
			return format.ColumnChunk{}, err
		}
	}
	m.DataPageOffset = w.offset
	for i := range l.chunk.locations {
		l.chunk.locations[i].Offset += w.offset
	}
	if err := w.write(l.chunk.pages); err != nil {
		return format.ColumnChunk{}, err
	}
	m.TotalUncompressedSize += l.chunk.raw
	m.TotalCompressedSize = w.offset - start
	m.EncodingStats = append(m.EncodingStats, l.chunk.stats...)
	m.Encoding = encodings(m.EncodingStats)
	m.Statistics.NullCount = l.chunk.nulls
	m.Statistics.MinValue, m.Statistics.MaxValue = l.chunk.total(l.node.kind)
	return format.ColumnChunk{MetaData: m}, nil
}

// encodings lists the encodings of a chunk, that of the levels first.
func encodings(stats []format.PageEncodingStats) []format.Encoding {
	list := []format.Encoding{format.RLE}
next:
	for _, s := range stats {
		for _, e := range list {
			if e == s.Encoding {
				continue next
			}
		}
		list = append(list, s.Encoding)
	}
	return list
}

func (w *Writer) resetGroup() {
	w.rows, w.bytes, w.looked, w.unseen = 0, 0, 0, 0
	for _, s := range w.spans {
		s.reset()
	}
	for _, l := range w.leaves {
		l.reset()
	}
	w.filter.reset()
}
