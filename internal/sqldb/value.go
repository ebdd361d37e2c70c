package sqldb

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// Text is a column that should hold text, and may hold anything. Its JSON is
// a string or null.
type Text struct {
	String string
	Valid  bool // false: NULL
}

// Scan takes any value that a driver returns.
func (t *Text) Scan(v any) error {
	*t = Text{Valid: v != nil}
	switch v := v.(type) {
	case nil:
	case string:
		t.String = v
	case []byte:
		t.String = string(v)
	case time.Time:
		// SQLite's driver makes times of columns that are declared DATE.
		t.String = strings.TrimSuffix(Stamp(v), " 00:00:00")
	default:
		t.String = fmt.Sprint(v)
	}
	t.String = strings.ToValidUTF8(t.String, "\ufffd")
	return nil
}

// MarshalJSON writes a string or null.
func (t Text) MarshalJSON() ([]byte, error) {
	if !t.Valid {
		return []byte("null"), nil
	}
	return tpe.AppendString(make([]byte, 0, len(t.String)+len(t.String)/4+2), t.String), nil
}

// Number is a column that should hold a number, and may hold anything. Its
// JSON is a number; null when what is there is no number.
type Number struct {
	Float float64
	Valid bool
}

// Scan takes any value that a driver returns.
func (n *Number) Scan(v any) error {
	*n = Number{Valid: true}
	switch v := v.(type) {
	case int64:
		n.Float = float64(v)
	case float64:
		n.Float = v
	case bool:
		if v {
			n.Float = 1
		}
	case string:
		n.parse(v)
	case []byte:
		n.parse(string(v))
	default:
		n.Valid = false
	}
	return nil
}

func (n *Number) parse(s string) {
	s = strings.TrimSpace(s)
	n.Valid = false
	if strings.Trim(s, "0123456789+-.eE") != "" {
		return // Inf, NaN, hexadecimal and the like are no JSON
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		n.Float, n.Valid = f, true
	}
}

// MarshalJSON writes a number or null.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.Valid {
		return []byte("null"), nil
	}
	return json.Marshal(n.Float)
}
