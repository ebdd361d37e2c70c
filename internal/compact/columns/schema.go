package columns

import (
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// schema returns the layout as the footer of a file holds it. Lists and maps
// have the three levels that the format asks for.
func (l *layout) schema() []format.SchemaElement {
	root := format.SchemaElement{Name: l.root.name}
	root.NumChildren.Set(int32(len(l.root.children)))
	return appendSchema([]format.SchemaElement{root}, l.root.children)
}

func appendSchema(dst []format.SchemaElement, nodes []*node) []format.SchemaElement {
	for _, n := range nodes {
		e := format.SchemaElement{Name: n.name, FieldID: n.id}
		e.RepetitionType.Set(format.Required)
		if n.optional() {
			e.RepetitionType.Set(format.Optional)
		}
		switch n.kind {
		case group:
			e.NumChildren.Set(int32(len(n.children)))
		case list:
			e.NumChildren.Set(1)
			e.LogicalType.Value = &format.ListType{}
			e.ConvertedType.Set(deprecated.List)
		case stringly:
			e.NumChildren.Set(1)
			e.LogicalType.Value = &format.MapType{}
			e.ConvertedType.Set(deprecated.Map)
		default:
			e.Type.Set(n.kind.physical())
			e.LogicalType, e.ConvertedType = n.kind.logical()
		}
		dst = append(dst, e)
		if n.kind == list || n.kind == stringly {
			entry := format.SchemaElement{Name: n.entryName()}
			entry.RepetitionType.Set(format.Repeated)
			entry.NumChildren.Set(int32(len(n.children)))
			dst = append(dst, entry)
		}
		dst = appendSchema(dst, n.children)
	}
	return dst
}

// entryName is the name of the repeated level of a list or map.
func (n *node) entryName() string {
	if n.kind == list {
		return "list"
	}
	return "key_value"
}

// column returns the names from the root to the leaf.
func (n *node) column() []string {
	if n.parent == nil {
		return nil
	}
	names := n.parent.column()
	if n.parent.kind == list || n.parent.kind == stringly {
		names = append(names, n.parent.entryName())
	}
	return append(names, n.name)
}

// physical returns how Parquet stores values of the kind.
func (k kind) physical() format.Type {
	switch k {
	case instant, integer:
		return format.Int64
	case double:
		return format.Double
	case boolean:
		return format.Boolean
	default:
		return format.ByteArray
	}
}

// logical returns what readers take the values for, in the present and the
// older form. JSON is a plain string: not every engine knows a JSON type.
func (k kind) logical() (now format.LogicalType, old thrift.Null[deprecated.ConvertedType]) {
	switch k {
	case text, document, rest:
		now.Value = &format.StringType{}
		old.Set(deprecated.UTF8)
	case instant:
		now.Value = &format.TimestampType{IsAdjustedToUTC: true, Unit: format.TimeUnit{Value: &format.MilliSeconds{}}}
		old.Set(deprecated.TimestampMillis)
	default: // the physical type says it all
	}
	return now, old
}
