package columns

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// footer gathers what is written after the row groups.
type footer struct {
	groups  []format.RowGroup
	indexes [][]columnIndexes // by row group and column
	rows    int64
}

// columnIndexes is the page index of one column chunk.
type columnIndexes struct {
	bounds  *format.ColumnIndex // nil when the bounds are not shown
	offsets format.OffsetIndex
}

// add takes a row group, whose chunks are written.
func (f *footer) add(g format.RowGroup, leaves []*leaf) {
	var list []columnIndexes
	for _, l := range leaves {
		x := columnIndexes{offsets: format.OffsetIndex{PageLocations: l.chunk.locations}}
		if !l.chunk.unbounded {
			bounds := l.chunk.index
			bounds.BoundaryOrder = l.chunk.order(l.node.kind)
			x.bounds = &bounds
		}
		list = append(list, x)
	}
	f.groups = append(f.groups, g)
	f.indexes = append(f.indexes, list)
	f.rows += g.NumRows
}

// writeFooter writes the page indexes and the footer.
func (w *Writer) writeFooter() error {
	f := &w.file
	for i, g := range f.groups {
		for j := range g.Columns {
			if bounds := f.indexes[i][j].bounds; bounds != nil {
				c := &g.Columns[j]
				n, err := w.writeStruct(bounds)
				if err != nil {
					return err
				}
				c.ColumnIndexOffset, c.ColumnIndexLength = w.offset-int64(n), int32(n)
			}
		}
	}
	for i, g := range f.groups {
		for j := range g.Columns {
			c := &g.Columns[j]
			n, err := w.writeStruct(&f.indexes[i][j].offsets)
			if err != nil {
				return err
			}
			c.OffsetIndexOffset, c.OffsetIndexLength = w.offset-int64(n), int32(n)
		}
	}
	meta := &format.FileMetaData{
		Version:   1,
		Schema:    w.layout.schema(),
		NumRows:   f.rows,
		RowGroups: f.groups,
		CreatedBy: strings.TrimSpace("tpe version " + w.opts.Version),
	}
	for range w.leaves {
		meta.ColumnOrders = append(meta.ColumnOrders, format.ColumnOrder{Value: &format.TypeDefinedOrder{}})
	}
	n, err := w.writeStruct(meta)
	if err != nil {
		return err
	}
	return w.write(append(binary.LittleEndian.AppendUint32(nil, uint32(n)), magic...))
}

// writeStruct writes a thrift structure and returns its length.
func (w *Writer) writeStruct(v any) (int, error) {
	b, err := thrift.Marshal(new(thrift.CompactProtocol), v)
	if err != nil {
		return 0, fmt.Errorf("encode footer: %w", err)
	}
	return len(b), w.write(b)
}

// sorting returns the order in which the rows come.
func (l *layout) sorting() []format.SortingColumn {
	var order []format.SortingColumn
	for _, name := range []string{typeColumn, timeColumn, idColumn} {
		for _, n := range l.root.children {
			if n.name == name {
				order = append(order, format.SortingColumn{ColumnIdx: int32(n.leaf), NullsFirst: true})
			}
		}
	}
	return order
}
