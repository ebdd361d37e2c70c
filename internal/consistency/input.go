package consistency

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/power100/tpe/internal/tpe"
)

// Group is a kind of stakeholder.
type Group string

// The four groups whose words are compared.
const (
	CEO       Group = "ceo"
	Employees Group = "employee"
	Customers Group = "customer"
	Demos     Group = "demo"
)

// Groups lists the groups in the order of reports.
func Groups() []Group { return []Group{CEO, Employees, Customers, Demos} }

// Document is one text of one person.
type Document struct {
	ID    string `json:"id"`
	Group Group  `json:"group"`
	Text  string `json:"text"`
	// Person tells whose words they are when one person has several
	// documents. The ID stands for it when empty.
	Person string `json:"person,omitempty"`
	// Name is the person's name as it may stand in the texts. It is shown
	// only when Options.Identify is set.
	Name string `json:"name,omitempty"`
	// Email may tell the name as well. It is never shown.
	Email string `json:"email,omitempty"`
}

// Partner is what is known of one partner.
type Partner struct {
	ID        string     `json:"partner_id"`
	Name      string     `json:"name"`
	Segment   string     `json:"segment,omitempty"`
	Documents []Document `json:"documents"`
}

// Parse reads partners, one JSON object a line or one JSON array of them.
// Unknown members are left alone. The error is a *tpe.Error with the code
// Invalid; its message names the line.
func Parse(data []byte) ([]Partner, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) { // the decoder would put U+FFFD in its place and shift every byte behind it
		return nil, invalid(fmt.Sprintf("read partner on line %d", lineOf(data, validUpTo(data))), errors.New("text is not UTF-8"))
	}
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] == '[' {
		var all []Partner
		if err := json.Unmarshal(trimmed, &all); err != nil {
			return nil, invalid("read partners", err)
		}
		for i := range all {
			if err := all[i].check(); err != nil {
				return nil, invalid(fmt.Sprintf("read partner %d", i+1), err)
			}
		}
		return all, nil
	}
	var all []Partner
	dec := json.NewDecoder(bytes.NewReader(data))
	for {
		at := int(dec.InputOffset())
		at += len(data[at:]) - len(bytes.TrimLeft(data[at:], " \t\r\n"))
		if at == len(data) {
			return all, nil
		}
		var p Partner
		err := dec.Decode(&p)
		if err == nil {
			err = p.check()
		}
		if err != nil {
			return nil, invalid(fmt.Sprintf("read partner on line %d", lineOf(data, at)), err)
		}
		all = append(all, p)
	}
}

// lineOf is the line of a byte, from 1.
func lineOf(data []byte, at int) int { return 1 + bytes.Count(data[:at], []byte("\n")) }

// validUpTo is how many bytes come before the first that is not UTF-8.
func validUpTo(data []byte) int {
	at := 0
	for at < len(data) {
		r, n := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return at
}

func invalid(what string, err error) error {
	return &tpe.Error{Code: tpe.Invalid, Message: what, Err: err,
		Hint: `one JSON object a line: {"partner_id", "name", "documents": [{"id", "group", "text"}]}`}
}

func (p *Partner) check() error {
	if p.ID == "" {
		return fmt.Errorf("partner_id is missing")
	}
	seen := map[string]bool{}
	for i, d := range p.Documents {
		switch {
		case d.ID == "":
			return fmt.Errorf("document %d of partner %q: id is missing", i+1, p.ID)
		case seen[d.ID]:
			return fmt.Errorf("document %q of partner %q: id is used twice", d.ID, p.ID)
		case !d.Group.known():
			return fmt.Errorf("document %q of partner %q: unknown group %q", d.ID, p.ID, d.Group)
		}
		seen[d.ID] = true
	}
	return nil
}

func (g Group) known() bool {
	switch g {
	case CEO, Employees, Customers, Demos:
		return true
	}
	return false
}

// hashOf is the SHA-256 of the parts, each preceded by its length, in hex.
func hashOf(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:", len(p))
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// normal is the text by which exact copies are told: lower case, one space.
func normal(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), " ")) }
