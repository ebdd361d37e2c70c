package match

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// List reads a column that should hold a JSON array of texts and may hold
// anything: an array with numbers or objects in it, one text, a list with
// commas, "[object Object]", "undefined" or nothing. What cannot be read is
// left out.
func List(column string) []string {
	column = strings.TrimSpace(column)
	if column == "" || strings.Contains(column, "[object ") {
		return nil
	}
	var out []string
	var v any
	if json.Unmarshal([]byte(column), &v) == nil {
		items, ok := v.([]any)
		if !ok {
			items = []any{v}
		}
		for _, item := range items {
			switch item := item.(type) {
			case string:
				out = append(out, item)
			case float64:
				out = append(out, strconv.FormatFloat(item, 'f', -1, 64))
			}
		}
	} else if !strings.ContainsAny(column, `{}[]"`) {
		out = strings.Split(column, ",")
	}
	for i, s := range out {
		out[i] = strings.TrimSpace(s)
	}
	return unique(slices.DeleteFunc(out, nothing))
}

// Keys is List of a column that holds names of a fixed set, such as
// focus_areas: small letters, underscores for spaces.
func Keys(column string) []string {
	list := List(column)
	for i, s := range list {
		list[i] = Key(s)
	}
	return unique(list)
}

// Key returns one name of a fixed set, empty for a column that names none.
func Key(column string) string {
	column = strings.TrimSpace(column)
	if nothing(column) || strings.ContainsAny(column, `{}[]"`) {
		return ""
	}
	return strings.ReplaceAll(strings.ToLower(column), " ", "_")
}

// Flag reads a column that should hold a boolean.
func Flag(column string) bool {
	switch strings.ToLower(strings.TrimSpace(column)) {
	case "1", "true", "t", "yes", "y", "on":
		return true
	default:
		return false
	}
}

// Number reads a column that should hold a number; anything else is 0.
func Number(column string) float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(column), 64)
	if err != nil || f != f {
		return 0
	}
	return f
}

// nothing reports whether a text is what a careless client wrote for none.
func nothing(s string) bool {
	switch strings.ToLower(s) {
	case "", "null", "undefined", "nan", "none":
		return true
	default:
		return false
	}
}

// unique drops empty and repeated texts, and keeps the order.
func unique(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		if s != "" && !has(out, s) {
			out = append(out, s)
		}
	}
	return out
}

func has(list []string, s string) bool {
	return slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(x, s) })
}

// common returns what of a is in b, in the order of a.
func common(a, b []string) []string {
	var out []string
	for _, s := range a {
		if has(b, s) && !has(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// words writes focus areas for people: "controlling lead flow, ...".
func words(keys []string) string {
	return strings.ReplaceAll(strings.Join(keys, ", "), "_", " ")
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
