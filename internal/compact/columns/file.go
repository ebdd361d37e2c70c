package columns

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/power100/tpe/internal/tpe"
)

// File is a Parquet file that a Writer made, or another engine with the same
// columns, open for reading. It is not safe for concurrent use.
type File struct {
	name   string
	close  func() error
	pq     *parquet.File
	layout *layout
	levels [][]byte // of another engine's file: the definition levels by column, see adopt
}

// Open opens a file. The error is of the code Invalid when it is no Parquet
// file, or not one with the columns of this contract.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open parquet: %w", err)
	}
	return Of(f)
}

// Of takes an open file, which it closes in the end, or when it fails.
func Of(f *os.File) (*File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open parquet: %w", err), f.Close())
	}
	r, err := newFile(f, info.Size(), f.Name())
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	r.close = f.Close
	return r, nil
}

// newFile reads the footer of a file.
func newFile(in io.ReaderAt, size int64, name string) (*File, error) {
	f := &File{name: name, layout: newLayout()}
	err := guard(func() (err error) {
		f.pq, err = parquet.OpenFile(in, size,
			parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true), parquet.ReadBufferSize(readBuffer))
		return err
	})
	if err != nil {
		return nil, &tpe.Error{Code: tpe.Invalid, Message: name + " is no Parquet file that can be read", Err: err}
	}
	err = f.checkSchema()
	if err != nil && f.adopt() == nil {
		err = f.checkGroups()
	}
	if err != nil {
		return nil, &tpe.Error{
			Code:    tpe.Invalid,
			Message: name + " does not have the columns of an interaction",
			Hint:    "compact its day again, or read it with DuckDB",
			Err:     err,
		}
	}
	return f, nil
}

// readBuffer is how many bytes are read at once.
const readBuffer = 64 << 10

// Close closes the file.
func (f *File) Close() error { return f.close() }

// Rows returns the number of records.
func (f *File) Rows() int64 { return f.pq.NumRows() }

// MayHold reports whether a record of the file may have this interaction_id.
// The bloom filters make it false for most ids that are not there.
func (f *File) MayHold(id string) (bool, error) {
	may := false
	err := f.each(func(g, _ int) error {
		for _, n := range f.layout.root.children {
			if n.name != idColumn || may {
				continue
			}
			chunk := f.pq.RowGroups()[g].ColumnChunks()[n.leaf].(*parquet.FileColumnChunk)
			filter := chunk.BloomFilter()
			if filter == nil || chunk.NullCount() > 0 {
				may = true // an id that is no string is in the rest
				continue
			}
			there, err := filter.Check(parquet.ByteArrayValue([]byte(id)))
			if err != nil {
				return err
			}
			may = may || there
		}
		return nil
	})
	return may, err
}

// checkSchema compares the file's schema with that of the contract.
func (f *File) checkSchema() error {
	want, got := f.layout.schema(), f.pq.Metadata().Schema
	if len(want) != len(got) {
		return fmt.Errorf("the schema has %d parts, not %d", len(got), len(want))
	}
	for i := 1; i < len(want); i++ {
		w, g := &want[i], &got[i]
		if w.Name != g.Name || w.FieldID != g.FieldID || w.Type != g.Type || w.RepetitionType != g.RepetitionType || w.NumChildren != g.NumChildren {
			return fmt.Errorf("part %d of the schema is %s, not %s", i, g.Name, w.Name)
		}
	}
	return f.checkGroups()
}

// checkGroups counts the columns of each row group and looks at how they are
// compressed. No engine writes LZ4 unless it is asked to, and a page that is
// not LZ4 at all makes its reader take memory without end.
func (f *File) checkGroups() error {
	for i, g := range f.pq.Metadata().RowGroups {
		if len(g.Columns) != len(f.layout.leaves) {
			return fmt.Errorf("row group %d has %d columns", i, len(g.Columns))
		}
		for j := range g.Columns {
			switch codec := g.Columns[j].MetaData.Codec; codec {
			case format.Uncompressed, format.Snappy, format.Gzip, format.Zstd:
			default:
				return fmt.Errorf("column %d of row group %d is compressed by %v", j, i, codec)
			}
		}
	}
	return nil
}

// errCorrupt says that a file contradicts itself.
var errCorrupt = errors.New("the file is damaged")

// guard turns a panic into an error: parquet-go panics on some damaged files
// instead of returning an error.
func guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errCorrupt, p)
		}
	}()
	return f()
}

// pages reads the pages of one column chunk.
type pages struct {
	node *node
	in   parquet.Pages
	from []byte // of another engine's file: how its definition levels read
	own  []byte // the page's, as they read
	last parquet.Page
	dict bool // the dictionary was taken

	entries    // of the page at hand
	dictionary values
}

// entries are the entries of one page: levels for all, values for those
// whose level is the node's.
type entries struct {
	defs, reps []byte // reps is nil outside of lists
	count      int    // entries with a value
	vals       values // when the page has no dictionary
	indexes    []int32
	indexed    bool
}

// open begins to read column n of row group g.
func (f *File) open(g int, n *node) *pages {
	p := &pages{node: n}
	if f.levels != nil {
		p.from = f.levels[n.leaf]
	}
	p.in = f.pq.RowGroups()[g].ColumnChunks()[n.leaf].Pages()
	return p
}

func (p *pages) close() {
	parquet.Release(p.last)
	_ = p.in.Close() // only read from: nothing is lost
}

// next reads the next page; io.EOF after the last one. What the one before
// held is not valid any more.
func (p *pages) next() error {
	parquet.Release(p.last)
	page, err := p.in.ReadPage()
	p.last = page
	if err != nil {
		return err
	}
	p.entries = entries{defs: page.DefinitionLevels()}
	if p.from != nil {
		if p.own, err = translate(p.own, p.defs, p.from, int(page.NumValues())); err != nil {
			return err
		}
		p.defs = p.own
	}
	if p.node.rep > 0 {
		if p.reps = page.RepetitionLevels(); len(p.reps) != len(p.defs) {
			return errCorrupt
		}
	}
	p.count = bytes.Count(p.defs, []byte{p.node.def})
	if d := page.Dictionary(); d != nil {
		if !p.dict {
			if p.dictionary, err = takeValues(p.node.kind, d.Page(), d.Len()); err != nil {
				return err
			}
			p.dict = true
		}
		data := page.Data()
		p.indexed, p.indexes = true, data.Int32()
		if len(p.indexes) < p.count {
			return errCorrupt
		}
		highest := uint32(0) // a number below zero is a high one
		for _, i := range p.indexes {
			highest = max(highest, uint32(i))
		}
		if len(p.indexes) > 0 && int(highest) >= p.dictionary.len() {
			return errCorrupt
		}
		return nil
	}
	if p.vals, err = takeValues(p.node.kind, page, p.count); err == nil && p.vals.len() < p.count {
		err = errCorrupt
	}
	return err
}

// takeValues returns the values of a page, without copying texts.
func takeValues(k kind, page parquet.Page, count int) (v values, err error) {
	v.kind = k
	data := page.Data()
	switch k {
	case instant:
		if page.Type().Kind() == parquet.Int96 {
			v.bits, err = millisOf(data.Int96())
		} else {
			v.bits = data.Int64()
		}
	case integer:
		v.bits = data.Int64()
	case double:
		v.bits = bitsOf(data.Double())
	case boolean:
		packed := data.Boolean()
		for i := range min(count, 8*len(packed)) {
			v.data = append(v.data, packed[i/8]>>(i%8)&1)
		}
	default:
		v.data, v.ends = data.ByteArray()
	}
	return v, err
}

func bitsOf(doubles []float64) []int64 {
	bits := make([]int64, len(doubles))
	for i, f := range doubles {
		bits[i] = int64(math.Float64bits(f))
	}
	return bits
}

// each calls do for every row group with its number of rows. An error that
// tells of damage has the code Invalid.
func (f *File) each(do func(g, rows int) error) error {
	for g, rg := range f.pq.RowGroups() {
		err := guard(func() error { return do(g, int(rg.NumRows())) })
		var path *fs.PathError
		switch {
		case err == nil:
		case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &path):
			return fmt.Errorf("read %s: %w", f.name, err)
		default:
			return &tpe.Error{Code: tpe.Invalid, Message: fmt.Sprintf("read %s, row group %d", f.name, g), Err: err}
		}
	}
	return nil
}
