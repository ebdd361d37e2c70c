package person

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
)

// Stone stands for a person who was erased: records of before must not come
// back. What the person does later counts as that of a new one.
type Stone struct {
	Until  int64    `json:"until"`          // ms since 1970: records before it are concerned
	Role   string   `json:"role,omitempty"` // see Person
	Hashes []string `json:"hashes"`         // see Hashes
}

// Hashes returns the keyed hashes of the person's ids, in their order.
func Hashes(key *Key, p Person) []string {
	out := make([]string, len(p.IDs))
	for i, id := range p.IDs {
		out[i] = key.Hash(id)
	}
	return out
}

// List is the list of those who were erased. It is not safe for concurrent
// use.
type List struct {
	set   hashedSet
	until int64
}

// NewList returns an empty list for hashes that were made with the key.
func NewList(key *Key) *List {
	return &List{set: hashedSet{key: key, hashes: map[[sha256.Size]byte]string{}}, until: math.MinInt64}
}

// Add adds a stone. Of an id that is on two stones with different roles the
// hash counts for any role.
func (l *List) Add(s Stone) {
	l.until = max(l.until, s.Until)
	for _, text := range s.Hashes {
		var h [sha256.Size]byte
		if n, err := hex.Decode(h[:], []byte(text)); err != nil || n != len(h) {
			continue
		}
		role := s.Role
		if there, ok := l.set.hashes[h]; ok && there != role {
			role = ""
		}
		l.set.hashes[h] = role
	}
}

// Concerns says whether a record of that time, in milliseconds since 1970,
// must be judged at all.
func (l *List) Concerns(ms int64) bool { return ms < l.until }

// Matcher returns a matcher for everybody on the list.
func (l *List) Matcher() *Matcher {
	return &Matcher{set: l.set, wanted: kinds{email: true, phone: true, user: true, record: true}}
}
