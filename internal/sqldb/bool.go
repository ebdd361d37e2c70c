package sqldb

import (
	"fmt"
	"strings"
)

// Bool is a column that should hold a boolean, and may hold anything. Its
// JSON is 1 or 0, as the front end knows it; null when what is there is
// neither.
type Bool struct {
	Bool  bool
	Valid bool
}

// Scan takes any value that a driver returns.
func (b *Bool) Scan(v any) error {
	b.Bool, b.Valid = readBool(v)
	return nil
}

// MarshalJSON writes 1, 0 or null.
func (b Bool) MarshalJSON() ([]byte, error) {
	switch {
	case !b.Valid:
		return []byte("null"), nil
	case b.Bool:
		return []byte("1"), nil
	}
	return []byte("0"), nil
}

// readBool takes numbers as C does, and the words that people use.
func readBool(v any) (value, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case int64:
		return v != 0, true
	case float64:
		return v != 0, true
	case nil:
		return false, false
	case []byte:
		return parseBool(string(v))
	default:
		return parseBool(fmt.Sprint(v))
	}
}

func parseBool(s string) (value, ok bool) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "1", "1.0", "true", "t", "yes", "y", "on":
		return true, true
	case "0", "0.0", "false", "f", "no", "n", "off":
		return false, true
	}
	return false, false
}
