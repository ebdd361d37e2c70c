package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Types of request members that take what the front end really sends.

// words is a text that may come as a number; spaces around it do not count.
type words string

// UnmarshalJSON reads a string or a number.
func (w *words) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*w = words(strings.TrimSpace(s))
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*w = words(n.String())
	return nil
}

// Schema describes words that are not empty.
func (words) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{{Type: huma.TypeString, MinLength: ptr(1), MaxLength: ptr(maxWords), Pattern: `[^\s]`}, {Type: huma.TypeNumber}}}
}

// maxWords is the length in characters of the longest words.
const maxWords = 500

func ptr[T any](v T) *T { return &v }

// ident is the id of a row: a number, or the number as a text.
type ident int64

// UnmarshalJSON reads either form.
func (i *ident) UnmarshalJSON(b []byte) error {
	text := string(bytes.Trim(b, `"`))
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		// JSON also writes whole numbers as 1.0 and 1e3.
		var f float64
		if f, err = strconv.ParseFloat(text, 64); err == nil && (f != math.Trunc(f) || math.Abs(f) > maxIdent) {
			err = fmt.Errorf("%s is not a whole number", b)
		}
		n = int64(f)
	}
	*i = ident(n)
	return err
}

// Schema describes an id.
func (ident) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{
		{Type: huma.TypeInteger, Minimum: ptr(1.0), Maximum: ptr(float64(maxIdent))},
		{Type: huma.TypeString, Pattern: `^[1-9][0-9]{0,14}$`}}}
}

// maxIdent is the greatest id: what every JSON reader can hold.
const maxIdent = 999_999_999_999_999

// amount is a whole number from 0, however JSON writes it, or one as a text.
type amount float64

// UnmarshalJSON reads either form.
func (a *amount) UnmarshalJSON(b []byte) error {
	f, err := strconv.ParseFloat(string(bytes.Trim(b, `"`)), 64)
	*a = amount(f)
	return err
}

// Schema describes an amount.
func (amount) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{
		{Type: huma.TypeInteger, Minimum: ptr(0.0), Maximum: ptr(1e15)},
		{Type: huma.TypeString, Pattern: `^[0-9]{1,15}(\.0{1,9})?$`}}}
}

// yesNo is a boolean, 0 or 1.
type yesNo bool

// UnmarshalJSON reads either form.
func (f *yesNo) UnmarshalJSON(b []byte) error {
	switch string(b) {
	case "true", "1", "1.0":
		*f = true
	case "false", "0", "0.0", "-0", "-0.0":
		*f = false
	default:
		return fmt.Errorf("%s is neither true nor false", b)
	}
	return nil
}

// Schema describes a yesNo.
func (yesNo) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{{Type: huma.TypeBoolean}, {Type: huma.TypeInteger, Minimum: ptr(0.0), Maximum: ptr(1.0)}}}
}

// email is an e-mail address.
type email string

// UnmarshalJSON reads a string; spaces around it do not count.
func (e *email) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*e = email(strings.TrimSpace(s))
	return nil
}

// Schema describes an e-mail address.
func (email) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, MaxLength: ptr(254),
		Pattern: `^ {0,9}[A-Za-z0-9._%+'-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,40}[A-Za-z0-9])?\.){1,4}[A-Za-z]{2,24} {0,9}$`, PatternDescription: "an e-mail address"}
}

// IDPath is the request of a route with an {id}.
type IDPath struct {
	ID int64 `path:"id" minimum:"1" maximum:"999999999999999"`
}

// done is the answer of a route that only says so.
type done struct {
	Body doneBody
}

type doneBody struct {
	Success bool   `json:"success"`
	Message string `json:"message"`
}

func said(message string) *done { return &done{doneBody{true, message}} }
