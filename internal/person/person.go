// Package person says which records belong to a person, and takes the person
// out of the records of others. It is pure: the lake, the table of DynamoDB
// and every other keeper ask it the same question and so agree.
//
// A person is known by ids: a user id, e-mail addresses, phone numbers, and
// the ids of records that hold the person's words and do not say whose.
//
//   - A record with one of these record ids as its interaction_id belongs to
//     the person, whoever wrote it down.
//   - A record belongs to the person when its user_id is the person's. It
//     also does when nobody is signed in (user_id is missing, empty, 0 or
//     "anonymous") and an id of the person stands anywhere in it. Such a
//     record is erased.
//   - A record of somebody else that has an id of the person anywhere
//     mentions the person. It stays; the id in it is replaced by [Mark].
//   - All other records are not touched.
//
// Where an id counts:
//
//   - An e-mail address counts in every text and name of a member, as a whole
//     address, in any case of letters, with a percent-encoded @ too.
//   - A phone number counts in every text and name and as a number, however it
//     is grouped; the last ten digits decide, so that a country code may be
//     there or not.
//   - A user id counts as the value of a member named for one (user_id,
//     userId, contractor_id), and where a text says user_id=ID or has the path
//     contractors/ID or users/ID. One of eight characters or more that mixes
//     letters and digits also counts wherever it stands as a word.
//
// Records that only share a session, an address of the network or a
// conversation with the person are not touched.
package person

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/mail"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// Mark stands where a mention was taken out.
const Mark = "[erased]"

// Kind says what an id is.
type Kind string

// The kinds of ids.
const (
	User  Kind = "user"
	Email Kind = "email"
	Phone Kind = "phone"
	// Record is the interaction_id of a record of the person's.
	Record Kind = "record"
)

// ID is one thing by which a person is known, in its canonical form: an
// e-mail address in small letters, a phone number as its last ten digits.
type ID struct {
	Kind Kind
	Text string
}

// ParseID reads an id as a user gives it. The error is of the code Misuse.
func ParseID(kind Kind, s string) (ID, error) {
	s = strings.TrimSpace(s)
	switch kind {
	case Email:
		a, err := mail.ParseAddress(s)
		if err != nil || a.Name != "" || a.Address != s || strings.ContainsAny(s, `" `) {
			return ID{}, tpe.Errorf(tpe.Misuse, "that is no e-mail address such as dana@example.com")
		}
		return ID{Email, strings.ToLower(s)}, nil
	case Phone:
		digits := onlyDigits(nil, []byte(s))
		if len(digits) < phoneDigits || len(digits) > maxPhone || strings.Trim(s, "+0123456789 -./()"+wideSeparators) != "" {
			return ID{}, tpe.Errorf(tpe.Misuse, "that is no phone number with its area code, %d to %d digits", phoneDigits, maxPhone)
		}
		return ID{Phone, string(lastDigits(digits))}, nil
	case User:
		if nobody([]byte(s)) {
			return ID{}, tpe.Errorf(tpe.Misuse, "%q is nobody's user id", s)
		}
		return ID{User, s}, nil
	case Record:
		if s == "" {
			return ID{}, tpe.Errorf(tpe.Misuse, "the id of a record is empty")
		}
		return ID{Record, s}, nil
	}
	return ID{}, fmt.Errorf("unknown kind of id %q", kind)
}

// Person is somebody, by all ids that are known.
type Person struct {
	IDs []ID
	// Role is the user_type whose user ids are meant: contractor, partner or
	// admin. Empty means any: ids of contractors and partners may be equal.
	Role string
	// Before, when it is not 0, leaves out records from that time on, in
	// milliseconds since 1970: what the person does during an erasure.
	Before int64
	// Also, when it is not nil, says of such a record that it is meant all the
	// same: one that was there before under a later time.
	Also func(*tape.Tape) bool
}

// New returns the person with these ids, sorted and each once. A user id that
// is an e-mail address counts as both.
func New(role string, ids ...ID) Person {
	for _, id := range slices.Clone(ids) {
		if id.Kind == User && strings.Contains(id.Text, "@") {
			if mail, err := ParseID(Email, id.Text); err == nil {
				ids = append(ids, mail)
			}
		}
	}
	slices.SortFunc(ids, func(a, b ID) int {
		if c := strings.Compare(string(a.Kind), string(b.Kind)); c != 0 {
			return c
		}
		return strings.Compare(a.Text, b.Text)
	})
	return Person{IDs: slices.Compact(ids), Role: role}
}

// nobody says whether a user_id names nobody.
func nobody(b []byte) bool {
	switch string(b) {
	case "", "0", "null", tpe.Anonymous:
		return true
	}
	return false
}

// Key makes hashes of ids that tell nothing without it.
type Key [32]byte

// Hash returns the keyed hash of an id (HMAC-SHA-256, hexadecimal).
func (k *Key) Hash(id ID) string {
	sum := k.sum(id.Kind, []byte(id.Text))
	return hex.EncodeToString(sum[:])
}

func (k *Key) sum(kind Kind, text []byte) (out [sha256.Size]byte) {
	h := hmac.New(sha256.New, k[:])
	_, _ = h.Write([]byte(kind)) // a hash takes every byte
	_, _ = h.Write([]byte{0})
	_, _ = h.Write(text)
	h.Sum(out[:0])
	return out
}
