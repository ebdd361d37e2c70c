package redact

import "github.com/power100/tpe/internal/tape"

// The cache has sets of a few places each, so that names which share a set do
// not push each other out all the time.
const (
	cacheSets = 1024 // a power of two
	cacheWays = 4
)

// cached is a name that was classified. It never changes.
type cached struct {
	hash  uint64
	name  string
	how   reading
	class class
}

// class reads the name of a member, a header or an assignment.
func (g *Gate) class(name []byte) *class { return g.classAs(name, asName) }

// classAs reads a name as how.
func (g *Gate) classAs(name []byte, how reading) *class {
	return g.classOf(tape.StringHash(name)+uint64(how), name, how)
}

// classOf looks a name up, given any hash of it. The name is compared too: a
// hash alone would let someone choose a harmless name that collides with the
// name of a credential.
func (g *Gate) classOf(hash uint64, name []byte, how reading) *class {
	places := &g.cache[hash%cacheSets]
	for i := range places {
		e := places[i].Load()
		if e == nil {
			break
		}
		if e.hash == hash && e.how == how && e.name == string(name) {
			return &e.class
		}
	}
	c := g.names.classify(unmasked(name), how)
	w := g.state()
	_, c.dirty = w.anyText(name, &g.plain)
	g.release(w)
	e := &cached{hash: hash, name: string(name), how: how, class: c}
	if worthKeeping(name) {
		i := 0
		for i < cacheWays-1 && places[i].Load() != nil {
			i++
		}
		places[i].Store(e)
	}
	return &e.class
}

// worthKeeping reports whether a name is likely to come again. Identifiers
// used as names would only push the others out.
func worthKeeping(name []byte) bool {
	digits := 0
	for _, c := range name {
		if isDigit(c) {
			digits++
		}
	}
	return digits <= 4 && len(name) <= 64
}
