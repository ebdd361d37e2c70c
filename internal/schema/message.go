package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// message says in plain English what is allowed, and what was found instead
// when that can be shown.
func message(k jsonschema.ErrorKind) (text, found string) {
	switch k := k.(type) {
	case *kind.Type:
		if k.Got == "number" {
			return "must be " + listOr(articles(k.Want)), notNumber(k.Want)
		}
		return "must be " + listOr(articles(k.Want)), ", not " + article(k.Got)
	case *kind.Enum:
		return "must be " + allowed(k.Want), not(k.Got)
	case *kind.Const:
		return "must be " + allowed([]any{k.Want}), not(k.Got)
	case *kind.Format:
		return "must be " + formatExample(k.Want), not(k.Got)
	case *kind.Pattern:
		return "must match the pattern " + k.Want, not(k.Got)
	case *kind.MinLength:
		if k.Got == 0 {
			return "must not be empty", ""
		}
		return "must have at least " + count(k.Want, "character"), ", not " + strconv.Itoa(k.Got)
	case *kind.MaxLength:
		return "must have at most " + count(k.Want, "character"), ", not " + strconv.Itoa(k.Got)
	case *kind.MinItems:
		return "must have at least " + count(k.Want, "element"), ", not " + strconv.Itoa(k.Got)
	case *kind.MaxItems:
		return "must have at most " + count(k.Want, "element"), ", not " + strconv.Itoa(k.Got)
	case *kind.MinProperties:
		return "must have at least " + count(k.Want, "field"), ", not " + strconv.Itoa(k.Got)
	case *kind.MaxProperties:
		return "must have at most " + count(k.Want, "field"), ", not " + strconv.Itoa(k.Got)
	case *kind.Minimum:
		return "must be " + decimalOf(k.Want) + " or more", ""
	case *kind.Maximum:
		return "must be " + decimalOf(k.Want) + " or less", ""
	case *kind.ExclusiveMinimum:
		return "must be more than " + decimalOf(k.Want), ""
	case *kind.ExclusiveMaximum:
		return "must be less than " + decimalOf(k.Want), ""
	case *kind.MultipleOf:
		return "must be a multiple of " + decimalOf(k.Want), ""
	case *kind.UniqueItems:
		return fmt.Sprintf("elements %d and %d are equal; each may occur once", k.Duplicates[0], k.Duplicates[1]), ""
	case *kind.Contains:
		return "must have an element of a certain form, and has none", ""
	case *kind.MinContains:
		return "must have at least " + count(k.Want, "element") + " of a certain form", ", not " + strconv.Itoa(len(k.Got))
	case *kind.MaxContains:
		return "must have at most " + count(k.Want, "element") + " of a certain form", ", not " + strconv.Itoa(len(k.Got))
	case *kind.AnyOf:
		return "has none of the allowed forms", ""
	case *kind.OneOf:
		if len(k.Subschemas) > 0 {
			return "has more than one of the forms that exclude each other", ""
		}
		return "has none of the allowed forms", ""
	case *kind.Not:
		return "has a form that is not allowed", ""
	case *kind.FalseSchema:
		return "is not allowed here", ""
	case *kind.RefCycle:
		return "cannot be checked: the schema refers to itself without end", ""
	default:
		return "does not fit the schema", ""
	}
}

// notNumber says what was found when a number is not allowed, or not this one.
func notNumber(want []string) string {
	if slices.Contains(want, "integer") {
		return ", not a fraction"
	}
	return ", not a number"
}

// formatExample names a format and shows what it looks like.
func formatExample(name string) string {
	switch name {
	case "uuid":
		return "a uuid, like 0190f0e0-5a1b-7c3d-8e4f-a1b2c3d4e5f6"
	case "date-time":
		return "an RFC 3339 date and time, like 2026-11-23T09:08:52.117Z"
	case "date":
		return "a date, like 2026-11-23"
	case "time":
		return "a time with its offset, like 09:08:52Z"
	case "duration":
		return "an ISO 8601 duration, like P1DT12H"
	case "email":
		return "an e-mail address, like dana@whitfield.example"
	case "hostname":
		return "a host name, like app.power100.io"
	case "ipv4":
		return "an IPv4 address, like 203.0.113.24"
	case "ipv6":
		return "an IPv6 address, like 2001:db8::1"
	case "uri":
		return "an absolute URI, like https://app.power100.io/contractorflow"
	default:
		return "a valid " + name
	}
}

// allowed lists the values that a schema allows.
func allowed(values []any) string {
	const most = 40
	list := make([]string, 0, len(values))
	for _, v := range values {
		if len(list) == most {
			list = append(list, fmt.Sprintf("%d others", len(values)-most))
			break
		}
		text, err := json.Marshal(v)
		if err != nil {
			text = []byte("?")
		}
		list = append(list, string(text))
	}
	return listOr(list)
}

// not says what was found, when it can be shown.
func not(got any) string {
	switch got := got.(type) {
	case string:
		if v, ok := short(got); ok {
			return ", not " + v
		}
	case json.Number:
		if len(got) <= maxShown {
			return ", not " + string(got)
		}
	case bool:
		return ", not " + strconv.FormatBool(got)
	case nil:
		return ", not null"
	case []any:
		return ", not an array"
	case map[string]any:
		return ", not an object"
	}
	return ""
}

// maxShown is the length in bytes of the longest value that a message shows.
const maxShown = 32

// short quotes a value for a message. It is false for values that should not
// be shown: long ones, and those that are not one plain word or time.
func short(s string) (string, bool) {
	if len(s) > maxShown {
		return "", false
	}
	for i := range len(s) {
		c := s[i]
		plain := isAlnum(c) || c == '_' || c == '-' || c == '.' || c == ':' || c == '/'
		if !plain && (c != ' ' || !timelike(s)) {
			return "", false
		}
	}
	return strconv.Quote(s), true
}

// timelike reports whether s holds nothing but digits and what stands between
// the parts of a time.
func timelike(s string) bool { return strings.Trim(s, "0123456789-:. TZ+") == "" }

// quote quotes a name of the schema or the record, cut to a length that a
// line can hold.
func quote(name string) string {
	const most = 64
	if r := []rune(name); len(r) > most {
		name = string(r[:most]) + "..."
	}
	return strconv.Quote(name)
}

func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return strconv.Itoa(n) + " " + unit + "s"
}

func decimalOf(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func articles(types []string) []string {
	list := make([]string, len(types))
	for i, name := range types {
		list[i] = article(name)
	}
	return list
}

func article(typ string) string {
	switch typ {
	case "null":
		return typ
	case "integer":
		return "a whole number"
	case "array", "object":
		return "an " + typ
	default:
		return "a " + typ
	}
}

// listOr joins with commas and a last "or".
func listOr(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}
