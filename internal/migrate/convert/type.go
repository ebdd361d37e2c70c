// Package convert turns values as SQLite stores them into values of a
// Postgres type: the bytes that COPY BINARY takes, and a canonical text that
// is the same for the same value on both sides. A value that would lose
// anything does not convert; the reason says why.
package convert

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Kind is a Postgres type without its parameters.
type Kind uint8

// The types that values are converted to.
const (
	Unknown Kind = iota
	Text
	Varchar
	Smallint
	Integer
	Bigint
	Real
	Double
	Numeric
	Boolean
	Timestamptz
	Timestamp
	Date
	JSON
	JSONB
	UUID
	Bytea
)

var kindNames = [...]string{
	Unknown: "unknown", Text: "text", Varchar: "character varying", Smallint: "smallint", Integer: "integer", Bigint: "bigint",
	Real: "real", Double: "double precision", Numeric: "numeric", Boolean: "boolean", Timestamptz: "timestamp with time zone",
	Timestamp: "timestamp without time zone", Date: "date", JSON: "json", JSONB: "jsonb", UUID: "uuid", Bytea: "bytea",
}

// aliases are other names of the types, as people write them.
var aliases = map[string]Kind{
	"varchar": Varchar, "character varying": Varchar, "int2": Smallint, "int": Integer, "int4": Integer, "int8": Bigint,
	"float4": Real, "float8": Double, "double": Double, "decimal": Numeric, "bool": Boolean,
	"timestamptz": Timestamptz, "timestamp": Timestamp,
}

// Type is a Postgres type. Precision and Scale are of NUMERIC, Precision
// alone is the length of VARCHAR; 0 is none.
type Type struct {
	Kind      Kind
	Precision int
	Scale     int
}

// SQL returns the type as Postgres prints it.
func (t Type) SQL() string {
	switch {
	case t.Precision == 0:
		return kindNames[t.Kind]
	case t.Kind == Numeric:
		return fmt.Sprintf("numeric(%d,%d)", t.Precision, t.Scale)
	default:
		return fmt.Sprintf("%s(%d)", kindNames[t.Kind], t.Precision)
	}
}

// MarshalText returns the type's SQL.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.SQL()), nil }

// UnmarshalText reads the type's SQL.
func (t *Type) UnmarshalText(b []byte) (err error) {
	*t, err = Parse(string(b))
	return err
}

var typePattern = regexp.MustCompile(`^([a-z][a-z0-9 ]*?) *(?:\( *(\d+) *(?:, *(\d+) *)?\))?$`)

// Parse reads a type as Postgres prints it or as people write it.
func Parse(sql string) (Type, error) {
	m := typePattern.FindStringSubmatch(strings.ToLower(strings.TrimSpace(sql)))
	if m == nil {
		return Type{}, fmt.Errorf("%q is not a type that migrate knows", sql)
	}
	var t Type
	for k, name := range kindNames {
		if Kind(k) != Unknown && name == m[1] {
			t.Kind = Kind(k)
		}
	}
	if t.Kind == Unknown {
		t.Kind = aliases[m[1]]
	}
	if t.Kind == Unknown || m[2] != "" && t.Kind != Numeric && t.Kind != Varchar {
		return Type{}, fmt.Errorf("%q is not a type that migrate knows; it knows text, varchar(n), smallint, integer, bigint, real, double precision, numeric(p,s), boolean, timestamptz, timestamp, date, json, jsonb, uuid and bytea", sql)
	}
	if m[2] != "" {
		var err error
		if t.Precision, err = strconv.Atoi(m[2]); err != nil || t.Precision == 0 || t.Precision > 10_485_760 {
			return Type{}, fmt.Errorf("%q: the number is out of range", sql)
		}
	}
	if m[3] != "" {
		if t.Kind != Numeric {
			return Type{}, fmt.Errorf("%q takes one number", sql)
		}
		t.Scale, _ = strconv.Atoi(m[3]) // digits only
		if t.Scale > t.Precision {
			return Type{}, fmt.Errorf("%q: the scale is above the precision", sql)
		}
	}
	return t, nil
}

// Textual reports whether values of the type are texts that compare by a
// collation.
func (t Type) Textual() bool { return t.Kind == Text || t.Kind == Varchar }
