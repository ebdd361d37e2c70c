package census

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/power100/tpe/internal/migrate/convert"
)

// declaredType returns the Postgres type that a declaration asks for, and
// false when it asks for none that is known: then the values alone decide.
func declaredType(declared string) (convert.Type, bool) {
	d := strings.ToUpper(strings.TrimSpace(declared))
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(d, w) {
				return true
			}
		}
		return false
	}
	kind := convert.Unknown
	switch {
	case has("BOOL"):
		kind = convert.Boolean
	case has("DATETIME", "TIMESTAMP"):
		kind = convert.Timestamptz
	case d == "DATE":
		kind = convert.Date
	case has("UUID", "GUID", "UNIQUEIDENTIFIER"):
		kind = convert.UUID
	case has("JSON"):
		kind = convert.JSONB
	case has("CHAR", "CLOB", "TEXT", "STRING", "ENUM"):
		kind = convert.Text
	case has("INT", "SERIAL"):
		kind = convert.Bigint
	case has("BLOB", "BINARY", "BYTEA", "IMAGE"):
		kind = convert.Bytea
	case has("REAL", "FLOA", "DOUBLE"):
		kind = convert.Double
	case has("DEC", "NUMERIC", "NUMBER", "MONEY"):
		return numericType(d), true
	}
	return convert.Type{Kind: kind}, kind != convert.Unknown
}

var parameters = regexp.MustCompile(`\( *(\d+) *(?:, *(\d+) *)?\)`)

// numericType reads the precision of DECIMAL(10,2).
func numericType(d string) convert.Type {
	t := convert.Type{Kind: convert.Numeric}
	m := parameters.FindStringSubmatch(d)
	if m == nil {
		return t
	}
	p, err := strconv.Atoi(m[1])
	if err != nil || p < 1 || p > 1000 {
		return t
	}
	s, _ := strconv.Atoi(m[2]) // empty is 0
	if s > p {
		return t
	}
	t.Precision, t.Scale = p, s
	return t
}
