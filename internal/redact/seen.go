package redact

// Many texts of a lake come again and again: user agents, hosts, referrers,
// routes. Whether a text is clean depends on nothing but its bytes, so those
// that came several times and were clean are remembered.

const (
	seenPlaces = 1024
	minSeen    = 13  // shorter texts are searched as fast
	maxSeen    = 128 // longer texts seldom come again
	seenTimes  = 3   // the address of a caller comes twice in one record, and not again
)

// seen holds clean texts. Each has one place, and keeps it until another text
// of that place comes several times in a row.
type seen struct {
	text  [seenPlaces]string
	last  [seenPlaces]uint32 // part of the hash of the text that was added last
	times [seenPlaces]uint8  // and how often it was
}

// has reports whether b, with this hash, is known to be clean.
func (c *seen) has(hash uint64, b []byte) bool {
	return c.text[hash%seenPlaces] == string(b)
}

// add says that b is clean.
func (c *seen) add(hash uint64, b []byte) {
	i, part := hash%seenPlaces, uint32(hash>>32)
	if c.last[i] != part {
		c.last[i], c.times[i] = part, 0
	}
	if c.times[i]++; c.times[i] == seenTimes {
		c.text[i], c.times[i] = string(b), 0
	}
}
