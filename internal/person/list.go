package person

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
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
	set      hashedSet
	everyone Matcher
	some     Matcher // what Of returned last
	until    int64   // of the last stone
	later    map[[sha256.Size]byte][]int
}

// NewList returns an empty list for hashes that were made with the key.
func NewList(key *Key) *List {
	l := &List{
		set:   hashedSet{key: key, hashes: map[[sha256.Size]byte][]int{}},
		until: math.MinInt64, later: map[[sha256.Size]byte][]int{},
	}
	l.everyone = Matcher{set: &l.set, wanted: kinds{email: true, phone: true, user: true, record: true}}
	l.some = l.everyone
	return l
}

// Add adds a stone.
func (l *List) Add(s Stone) {
	n := len(l.set.stones)
	l.set.stones = append(l.set.stones, listed{role: s.Role, until: s.Until})
	l.until = max(l.until, s.Until)
	for _, text := range s.Hashes {
		addHash(l.set.hashes, text, n)
	}
	for _, text := range s.Later {
		addHash(l.later, text, n)
	}
}

// addHash notes that a hash is on a stone.
func addHash(to map[[sha256.Size]byte][]int, text string, stone int) {
	var h [sha256.Size]byte
	if n, err := hex.Decode(h[:], []byte(text)); err == nil && n == len(h) {
		to[h] = append(to[h], stone)
	}
}

// Of returns a matcher for those whose erasure concerns a record of that time,
// in milliseconds since 1970: what somebody did after the own erasure is kept,
// whoever was erased since. It is nil when there is nobody, and good until the
// next call.
func (l *List) Of(ms int64, record [16]byte) *Matcher {
	var later []int
	if len(l.later) > 0 {
		id := laterID(record)
		later = l.later[l.set.key.sum(id.Kind, []byte(id.Text))]
	}
	if ms >= l.until && len(later) == 0 {
		return nil
	}
	l.some.set = &recordSet{hashedSet: &l.set, ms: ms, later: later}
	return &l.some
}

// Everyone returns a matcher for everybody on the list: for what has no time.
func (l *List) Everyone() *Matcher { return &l.everyone }

// listed is what the list keeps of a stone.
type listed struct {
	role  string
	until int64
}

// hashedSet holds keyed hashes of ids, each with the stones that have it.
type hashedSet struct {
	key    *Key
	hashes map[[sha256.Size]byte][]int
	stones []listed
	found  roles // the buffer of among
}

func (s *hashedSet) has(kind Kind, text []byte) roles {
	return s.among(kind, text, func(int) bool { return true })
}

// among looks an id up in those stones that count.
func (s *hashedSet) among(kind Kind, text []byte, counts func(stone int) bool) roles {
	s.found = s.found[:0]
	for _, n := range s.hashes[s.key.sum(kind, text)] {
		if counts(n) {
			s.found = append(s.found, s.stones[n].role)
		}
	}
	return s.found
}

// recordSet is the stones that concern one record.
type recordSet struct {
	*hashedSet
	ms    int64
	later []int // that name the record, whatever its time
}

func (s *recordSet) has(kind Kind, text []byte) roles {
	return s.among(kind, text, func(stone int) bool {
		return s.ms < s.stones[stone].until || slices.Contains(s.later, stone)
	})
}
