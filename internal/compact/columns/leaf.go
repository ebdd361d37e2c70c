package columns

import (
	"slices"

	"github.com/power100/tpe/internal/tape"
)

// leaf gathers the values of one column for the page that is being built,
// and the finished pages of the row group.
type leaf struct {
	mode    mode
	entries int      // entries of the row group
	run     int      // the last of them, which have a value and no level yet
	indexes []int32  // values of the page, as numbers in the dictionary
	plain   values   // values of the page that are not in the dictionary's mode
	hashes  []uint64 // of the texts of a trial
	dict    dictionary

	node   *node
	span   *span  // whose entries the column has
	levels []byte // definition levels of the page
	first  int    // entry at which the page starts
	row    int    // row at which the page starts

	distinct bool // hardly a value comes twice
	paid     bool // the dictionary of the row group before was kept
	early    bool // the mode is dictMode, but that is not decided

	chunk chunk
}

// mode says how a column's values are written.
type mode uint8

const (
	plainMode mode = iota
	trialMode      // not decided: the first values are kept as plain ones
	dictMode       // with a dictionary
)

func newLeaf(n *node, s *span) *leaf {
	l := &leaf{node: n, span: s}
	l.plain.kind, l.dict.values.kind = n.kind, n.kind
	l.reset()
	return l
}

// reset begins a new row group.
func (l *leaf) reset() {
	l.entries, l.run, l.first, l.row = 0, 0, 0, 0
	l.clearPage()
	l.dict.reset()
	l.chunk.reset()
	l.mode, l.distinct, l.early = plainMode, true, false
	if l.node.traits&repeats != 0 {
		l.mode, l.distinct = trialMode, false
		if l.early = l.paid; l.early {
			l.mode = dictMode
		}
	}
}

func (l *leaf) clearPage() {
	l.levels, l.indexes, l.hashes = l.levels[:0], l.indexes[:0], l.hashes[:0]
	l.plain.reset()
}

// put notes that entry has a value, which the caller adds.
func (l *leaf) put(entry int) {
	if entry != l.entries {
		l.fill(entry)
	}
	l.run++
	l.entries++
}

// fill gives levels to all entries before entry: those of the run have a
// value, those after it have none.
func (l *leaf) fill(entry int) {
	for ; l.run > 0; l.run-- {
		l.levels = append(l.levels, l.node.def)
	}
	if entry > l.entries {
		l.levels = append(l.levels, l.span.levels[l.entries:entry]...)
		l.entries = entry
	}
}

func (l *leaf) putText(entry int, b []byte) {
	l.put(entry)
	if l.mode == plainMode {
		l.plain.addText(b)
		return
	}
	l.addText(b, tape.StringHash(b))
}

// putString is putText of string n of a tape, whose hash is mostly known.
func (l *leaf) putString(entry int, t *tape.Tape, n int, b []byte) {
	l.put(entry)
	if l.mode == plainMode {
		l.plain.addText(b)
		return
	}
	hash := t.Nodes[n].Hash
	if hash == 0 {
		hash = t.ValueHash(n)
	}
	if l.mode == dictMode {
		l.indexes = append(l.indexes, l.dict.addText(b, hash))
		return
	}
	l.addText(b, hash)
}

// putName is putText of a member's name, given its tape.NameHash.
func (l *leaf) putName(entry int, hash uint64, b []byte) {
	l.put(entry)
	if l.mode == plainMode {
		l.plain.addText(b)
		return
	}
	l.addText(b, tape.TextHash(hash))
}

func (l *leaf) addText(b []byte, hash uint64) {
	if l.mode == dictMode {
		l.indexes = append(l.indexes, l.dict.addText(b, hash))
		return
	}
	l.plain.addText(b)
	l.hashes = append(l.hashes, hash)
	if len(l.hashes) >= dictionaryTrial {
		l.decide()
	}
}

func (l *leaf) putBits(entry int, v uint64) {
	l.put(entry)
	if l.mode == dictMode {
		l.indexes = append(l.indexes, l.dict.addBits(v))
		return
	}
	l.plain.addBits(v)
	if l.mode == trialMode && len(l.plain.bits) >= dictionaryTrial {
		l.decide()
	}
}

func (l *leaf) putBool(entry int, v bool) {
	l.put(entry)
	l.plain.addBool(v)
}

// decide ends the trial: the values go into a dictionary, which is kept when
// it pays. Here and not when they come, because the dictionary of a column
// whose values are all different is large, and far away by the next record.
// If it paid in the row group before, the values are in it already.
func (l *leaf) decide() {
	if l.early {
		l.decideEarly()
		return
	}
	count := l.plain.len()
	for i := range l.plain.bits {
		l.indexes = append(l.indexes, l.dict.addBits(uint64(l.plain.bits[i])))
	}
	for i, h := range l.hashes {
		l.indexes = append(l.indexes, l.dict.addText(l.plain.text(i), h))
	}
	l.hashes = l.hashes[:0]
	if l.paid = pays(l.dict.values.len(), count); l.paid {
		l.mode = dictMode
		l.plain.reset()
		return
	}
	l.mode, l.distinct = plainMode, areDistinct(l.dict.values.len(), count)
	l.indexes = l.indexes[:0]
	l.dict.reset()
}

// decideEarly decides by the same values as a trial would have: the first
// ones, whose distinct values have the lowest numbers.
func (l *leaf) decideEarly() {
	first := l.indexes[:min(len(l.indexes), dictionaryTrial)]
	distinct := int(slices.Max(first)) + 1
	l.early = false
	if l.paid = pays(distinct, len(first)); l.paid {
		return
	}
	l.mode, l.distinct = plainMode, areDistinct(distinct, len(first))
	for _, n := range l.indexes {
		l.plain.addFrom(&l.dict.values, int(n))
	}
	l.indexes = l.indexes[:0]
	l.dict.reset()
}

// count returns the number of values in the page.
func (l *leaf) count() int {
	if l.mode == dictMode {
		return len(l.indexes)
	}
	return l.plain.len()
}

// full reports whether the page should end before row. Nobody looks for a
// long text by its bounds, so its pages have no limit of rows.
func (l *leaf) full(row int) bool {
	if l.node.traits&wordy != 0 {
		return l.size() >= wordyBytes
	}
	return l.size() >= pageBytes || row-l.row >= pageRows && l.count() > 0
}

// size returns about how many bytes the page has.
func (l *leaf) size() int {
	if l.mode == plainMode {
		return l.plain.size()
	}
	return 2 * l.count()
}
