package convert

import (
	"strings"

	"github.com/power100/tpe/internal/migrate/origin"
)

// ParseBool reads a boolean as people write it.
func ParseBool(b []byte) (value, ok bool) {
	if len(b) == 0 || len(b) > 5 {
		return false, false
	}
	switch strings.ToLower(string(b)) {
	case "1", "true", "t", "yes", "y", "on":
		return true, true
	case "0", "false", "f", "no", "n", "off":
		return false, true
	}
	return false, false
}

func (e *Encoder) boolean(v origin.Value) string {
	var value, ok bool
	switch v.Kind {
	case origin.Integer:
		value, ok = v.Int == 1, v.Int == 0 || v.Int == 1
	case origin.Real:
		value, ok = v.Float == 1, v.Float == 0 || v.Float == 1
	case origin.Text:
		if len(v.Bytes) == 0 {
			return empty
		}
		value, ok = ParseBool(v.Bytes)
	default: // a blob is neither
	}
	if !ok {
		return "neither true nor false"
	}
	if value {
		e.both([]byte{1}, []byte("true"))
	} else {
		e.both([]byte{0}, []byte("false"))
	}
	return ""
}
