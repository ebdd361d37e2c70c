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
	// Later are the records from Until on that were erased, or lost a mention:
	// they must not come back either. See LaterHash.
	Later []string `json:"later,omitempty"`
}

// LaterHash returns the keyed hash of what a record is known by.
func (k *Key) LaterHash(record [16]byte) string { return k.Hash(laterID(record)) }

func laterID(record [16]byte) ID { return ID{"later", string(record[:])} }

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
	later map[[sha256.Size]byte]bool
}

// NewList returns an empty list for hashes that were made with the key.
func NewList(key *Key) *List {
	return &List{set: hashedSet{key: key, hashes: map[[sha256.Size]byte]string{}}, until: math.MinInt64, later: map[[sha256.Size]byte]bool{}}
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
	for _, text := range s.Later {
		var h [sha256.Size]byte
		if n, err := hex.Decode(h[:], []byte(text)); err == nil && n == len(h) {
			l.later[h] = true
		}
	}
}

// Concerns says whether a record of that time, in milliseconds since 1970,
// must be judged at all.
func (l *List) Concerns(ms int64, record [16]byte) bool {
	if ms < l.until || len(l.later) == 0 {
		return ms < l.until
	}
	id := laterID(record)
	return l.later[l.set.key.sum(id.Kind, []byte(id.Text))]
}

// Matcher returns a matcher for everybody on the list.
func (l *List) Matcher() *Matcher {
	return &Matcher{set: l.set, wanted: kinds{email: true, phone: true, user: true, record: true}}
}
