package api

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/sqldb"
)

// text is a text that may be empty, or come as a number. Used by a pointer:
// null is as if it was not there.
type text string

// UnmarshalJSON reads a string or a number.
func (t *text) UnmarshalJSON(b []byte) error { return (*words)(t).UnmarshalJSON(b) }

// maxText is the length in characters of the longest text.
const maxText = 20_000

// Schema describes a text.
func (text) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{{Type: huma.TypeString, MaxLength: ptr(maxText)}, {Type: huma.TypeNumber}, null()}}
}

// link is the address of a page, or empty. Used by a pointer: null is as if it
// was not there.
type link string

// Schema describes a link: what a browser opens, and does not run.
func (link) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{{Type: huma.TypeString, MaxLength: ptr(2000), Pattern: `^(https?://[!-~]+)?$`, PatternDescription: "a link"}, null()}}
}

// null describes null: in a request the enumeration is what is checked.
func null() *huma.Schema { return &huma.Schema{Type: "null", Enum: []any{nil}} }

// items is a list of anything that JSON holds. Used by a pointer: null is as
// if it was not there.
type items []json.RawMessage

// Schema describes items.
func (items) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{{Type: huma.TypeArray, MaxItems: ptr(500), Items: &huma.Schema{}}, null()}}
}

// names is a list of short texts. Used by a pointer: null is as if it was not
// there.
type names []string

// Schema describes names.
func (names) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{nameList(nil).Schema(r), null()}}
}

// nameList is names that must be there.
type nameList []string

// Schema describes a nameList.
func (nameList) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeArray, MaxItems: ptr(100), Items: &huma.Schema{Type: huma.TypeString, MaxLength: ptr(maxWords)}}
}

// whole is a whole number, however JSON writes it: 7, 7.0 and 7e0 are the same.
type whole int64

// UnmarshalJSON reads a number.
func (w *whole) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	var a amount
	if err := a.UnmarshalJSON(b); err != nil {
		return err
	}
	if *w = whole(a); amount(*w) != a {
		return fmt.Errorf("%s is not a whole number", b)
	}
	return nil
}

// Schema describes a whole number.
func (whole) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeInteger} }

// score is a number from 0 to 100, or one as a text. Used by a pointer: null
// is as if it was not there.
type score float64

// UnmarshalJSON reads either form.
func (s *score) UnmarshalJSON(b []byte) error { return (*amount)(s).UnmarshalJSON(b) }

// Schema describes a score.
func (score) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{
		{Type: huma.TypeNumber, Minimum: ptr(0.0), Maximum: ptr(100.0)},
		{Type: huma.TypeString, Pattern: `^(100|[0-9]{1,2})(\.0{1,3})?$`}, null()}}
}

// grade is a number from 0 to 10, or one as a text. Used by a pointer: null is
// as if it was not there.
type grade float64

// UnmarshalJSON reads either form.
func (g *grade) UnmarshalJSON(b []byte) error { return (*amount)(g).UnmarshalJSON(b) }

// Schema describes a grade.
func (grade) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "From 0 to 10.", AnyOf: []*huma.Schema{
		{Type: huma.TypeNumber, Minimum: ptr(0.0), Maximum: ptr(10.0)},
		{Type: huma.TypeString, Pattern: `^(10|[0-9])(\.0{1,9})?$|^[0-9]\.[0-9]{1,9}$`}}}
}

// maybeID is an id that may be left out or null. Used by a pointer.
type maybeID int64

// UnmarshalJSON reads a number, or the number as a text.
func (i *maybeID) UnmarshalJSON(b []byte) error { return (*ident)(i).UnmarshalJSON(b) }

// Schema describes an id or null.
func (maybeID) Schema(r huma.Registry) *huma.Schema {
	s := ident(0).Schema(r)
	s.AnyOf = append(s.AnyOf, null())
	return s
}

// moment is a point in time: RFC 3339, milliseconds since 1970, or a form
// that the front end of the older service sends; those without a zone are
// UTC.
type moment struct{ time.Time }

// UnmarshalJSON reads any of the forms.
func (m *moment) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	var t sqldb.Time
	if _ = t.Scan(v); !t.Valid { // Scan takes any value
		return fmt.Errorf("%s is no time", b)
	}
	m.Time = t.Time
	return nil
}

// The days that each month has, but February's 29th: who means it writes RFC
// 3339.
const (
	dashedDay  = `[12][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))`
	slashedDay = `((0?[13578]|1[02])/(0?[1-9]|[12][0-9]|3[01])|(0?[469]|11)/(0?[1-9]|[12][0-9]|30)|0?2/(0?[1-9]|1[0-9]|2[0-8]))/[12][0-9]{3}`
)

// Schema describes a moment.
func (moment) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{
		{Type: huma.TypeString, Format: "date-time"},
		{Type: huma.TypeString, Pattern: `^` + dashedDay + `([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)?$`, PatternDescription: "YYYY-MM-DD HH:MM"},
		{Type: huma.TypeString, Pattern: `^` + slashedDay + `( (0?[1-9]|1[0-2]):[0-5][0-9] [AP]M)?$`, PatternDescription: "MM/DD/YYYY HH:MM PM"},
		{Type: huma.TypeInteger, Minimum: ptr(1e11), Maximum: ptr(4e12), Description: "milliseconds since 1970"}}}
}

// setsOf gathers the columns that a body sets: its members that are pointers,
// named as their columns, and that are there. Pointers to plain Go types are
// left to the caller.
func setsOf(body any) columns {
	var sets columns
	sets.gather(reflect.ValueOf(body).Elem())
	return sets
}

func (c *columns) gather(v reflect.Value) {
	for i := range v.NumField() {
		f, at := v.Field(i), v.Type().Field(i)
		if at.Anonymous {
			c.gather(f)
			continue
		}
		if f.Kind() != reflect.Pointer || f.IsNil() {
			continue
		}
		name, _, _ := strings.Cut(at.Tag.Get("json"), ",")
		switch value := f.Interface().(type) {
		case *text:
			c.add(name, string(*value))
		case *link:
			c.add(name, string(*value))
		case *words:
			c.add(name, string(*value))
		case *email:
			c.add(name, auth.NormalizeEmail(string(*value)))
		case *nameList:
			c.add(name, jsonText(*value))
		case *names:
			c.add(name, jsonText(*value))
		case *items:
			c.add(name, jsonText(*value))
		case *amount:
			c.add(name, int64(*value))
		case *score:
			c.add(name, int64(*value+.5))
		case *yesNo:
			c.add(name, bool(*value))
		case *moment:
			c.add(name, sqldb.Stamp(value.Time))
		}
	}
}

// get returns the value that a column is set to; nil when it is not.
func (c columns) get(name string) any {
	for _, s := range c {
		if s.Column == name {
			return s.Value
		}
	}
	return nil
}

// idText writes an id as records have it.
func idText(id int64) string { return strconv.FormatInt(id, 10) }
