package columns

import "github.com/power100/tpe/internal/tape"

// Proof is what two collections of records have in common when they are the
// same, whatever their order: how many there are, and the sum modulo 2^64 of
// a mix of their content hashes. The mix makes a value that moved from one
// record to another change the sum.
type Proof struct {
	Rows int64
	Hash uint64
}

// Add adds a record, given its tape.ContentHash.
func (p *Proof) Add(content uint64) {
	p.Rows++
	p.Hash += tape.LeafHash(tape.RootPath, content)
}

// Join adds the records of another proof.
func (p *Proof) Join(other Proof) {
	p.Rows += other.Rows
	p.Hash += other.Hash
}
