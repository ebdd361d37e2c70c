package lake

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"

	"github.com/cespare/xxhash/v2"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// key identifies a record within its day: the uuid in interaction_id, or a
// hash of an interaction_id that is no uuid.
type key [16]byte

// String writes the key as a uuid.
func (k key) String() string {
	var b [36]byte
	hex.Encode(b[0:8], k[0:4])
	hex.Encode(b[9:13], k[4:6])
	hex.Encode(b[14:18], k[6:8])
	hex.Encode(b[19:23], k[8:10])
	hex.Encode(b[24:36], k[10:16])
	b[8], b[13], b[18], b[23] = '-', '-', '-', '-'
	return string(b[:])
}

// spread returns 64 bits of the key that differ between keys, whatever the
// version of the uuid, and also between ids that a client counts up.
func (k *key) spread() uint64 {
	hi, lo := binary.LittleEndian.Uint64(k[:8]), binary.LittleEndian.Uint64(k[8:])
	upper, lower := bits.Mul64(hi^0x9e3779b97f4a7c15, lo^0xd6e8feb86659fd93)
	h := upper ^ lower
	h = (h ^ h>>32) * 0x9ddfea08eb382d69
	return h ^ h>>29
}

// The flags of an entry.
const (
	flagMarked uint8 = 1 << iota // metadata.duplicate_of is there: no count includes it
	flagHashed                   // the key is a hash, not the id itself
)

// entry is what the lake remembers of one record.
type entry struct {
	key   key
	hash  uint64 // tape.ContentHash
	ms    int64  // timestamp in milliseconds since 1970
	typ   uint32 // the interaction_type, as a number of the list beside the entry
	flags uint8
}

// identity is what a record says of itself.
type identity struct {
	entry
	typeName string
}

// flaw says what of its identity a record does not tell.
type flaw uint8

const (
	noID   flaw = 1 << iota // no interaction_id: the key is made from the content
	noTime                  // no timestamp that can be read
)

// typeNames turns the text of a type into a string without making a new one
// each time.
type typeNames map[string]string

func newTypeNames() typeNames {
	m := typeNames{}
	for _, t := range tpe.Types() {
		m[t] = t
	}
	return m
}

func (m typeNames) of(b []byte) string {
	if s, ok := m[string(b)]; ok {
		return s
	}
	return string(b)
}

// identify reads a record's identity. It never fails: what is missing is
// told by the flaws.
func identify(t *tape.Tape, names typeNames) (id identity, flaws flaw) {
	id.hash = t.ContentHash()
	if text, ok := idText(t); ok {
		if !parseUUID(&id.key, text) {
			id.key = hashedKey(text)
			id.flags |= flagHashed
		}
	} else {
		flaws |= noID
		binary.BigEndian.PutUint64(id.key[:8], id.hash)
		binary.BigEndian.PutUint64(id.key[8:], ^id.hash)
		id.flags |= flagHashed
	}
	var timed bool
	if id.ms, timed = timeOf(t); !timed {
		flaws |= noTime
	}
	if n, ok := t.Find("interaction_type"); ok && t.Kind(n) == tape.KindString {
		id.typeName = names.of(t.Bytes(n))
	}
	if _, ok := t.Find("metadata", "duplicate_of"); ok {
		id.flags |= flagMarked
	}
	return id, flaws
}

// idText returns a record's interaction_id; false when it has none.
func idText(t *tape.Tape) ([]byte, bool) {
	n, ok := t.Find("interaction_id")
	if !ok || t.Kind(n) != tape.KindString || len(t.Raw(n)) <= 2 {
		return nil, false
	}
	return t.Bytes(n), true
}

// timeOf returns a record's timestamp; false when it has none that can be read.
func timeOf(t *tape.Tape) (ms int64, ok bool) {
	n, ok := t.Find("timestamp")
	if !ok || t.Kind(n) != tape.KindString {
		return 0, false
	}
	return tpe.TimeMillis(t.Bytes(n))
}

// hashedKey is the key of an id that is no uuid.
func hashedKey(text []byte) (k key) {
	h := xxhash.Sum64(text)
	binary.BigEndian.PutUint64(k[:8], h)
	d := xxhash.NewWithSeed(h)
	_, _ = d.Write(text) // a hash takes every byte
	binary.BigEndian.PutUint64(k[8:], d.Sum64())
	return k
}

// keyOf returns the key of an id as it stands in a record.
func keyOf(id string) (k key) {
	if !parseUUID(&k, []byte(id)) {
		k = hashedKey([]byte(id))
	}
	return k
}

// parseUUID reads the usual form of a uuid, in either case of letters.
func parseUUID(k *key, b []byte) bool {
	if len(b) != 36 || b[8] != '-' || b[13] != '-' || b[18] != '-' || b[23] != '-' {
		return false
	}
	at := 0
	for i := 0; i < 36; i += 2 {
		if b[i] == '-' {
			i++
		}
		hi, lo := nibble(b[i]), nibble(b[i+1])
		if hi|lo > 15 {
			return false
		}
		k[at] = hi<<4 | lo
		at++
	}
	return true
}

// nibble returns the value of a hexadecimal digit, or 255.
func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 255
}
