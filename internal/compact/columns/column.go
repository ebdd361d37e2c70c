package columns

// Type says what an engine takes the values of a column for.
type Type uint8

// The types of columns.
const (
	Text      Type = iota // a string
	JSON                  // any JSON value, as its text
	Extra                 // the members of the object that no column holds, as a JSON object
	Timestamp             // milliseconds since 1970, UTC
	Integer               // 64 bits, signed
	Double
	Boolean
	Struct // with the fields that are listed
	List   // of the one field
	Map    // from the first field to the second one
)

// Column is a column of the Parquet files as engines see it: the names of a
// file's schema without the levels that lists and maps have beside.
type Column struct {
	Name   string
	Type   Type
	Fields []Column

	Bounded bool // least and greatest values may be shown: it holds no personal data
	Bloomed bool // has a bloom filter
}

// Schema returns the columns of every file, in the order of the file.
func Schema() []Column { return columnsOf(contract()) }

func columnsOf(fields []field) []Column {
	var out []Column
	for _, f := range fields {
		out = append(out, Column{
			Name: f.name, Type: f.kind.seen(), Fields: columnsOf(f.fields),
			Bounded: f.traits&bounded != 0, Bloomed: f.traits&bloomed != 0,
		})
	}
	return out
}

// seen returns what engines take the values of the kind for.
func (k kind) seen() Type {
	switch k {
	case document:
		return JSON
	case rest:
		return Extra
	case instant:
		return Timestamp
	case integer:
		return Integer
	case double:
		return Double
	case boolean:
		return Boolean
	case group:
		return Struct
	case list:
		return List
	case stringly:
		return Map
	default:
		return Text
	}
}
