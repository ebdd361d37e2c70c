package columns

import "github.com/power100/tpe/internal/tape"

// leaf gathers the values of one column for the page that is being built,
// and the finished pages of the row group.
type leaf struct {
	mode    mode
	entries int     // entries of the row group
	run     int     // the last of them, which have a value and no level yet
	indexes []int32 // values of the page, as numbers in the dictionary
	plain   values  // values of the page that are not in the dictionary's mode
	dict    dictionary

	node   *node
	span   *span  // whose entries the column has
	levels []byte // definition levels of the page
	first  int    // entry at which the page starts
	row    int    // row at which the page starts

	distinct bool // hardly a value comes twice

	chunk chunk
}

// mode says how a column's values are written.
type mode uint8

const (
	plainMode mode = iota
	trialMode      // with a dictionary, while it is not clear whether it pays
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
	l.mode, l.distinct = plainMode, true
	if l.node.traits&repeats != 0 {
		l.mode, l.distinct = trialMode, false
	}
}

func (l *leaf) clearPage() {
	l.levels, l.indexes = l.levels[:0], l.indexes[:0]
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
	l.index(l.dict.addText(b, tape.StringHash(b)))
}

// putString is putText of string n of a tape, whose hash is mostly known.
func (l *leaf) putString(entry int, t *tape.Tape, n int, b []byte) {
	l.put(entry)
	if l.mode == plainMode {
		l.plain.addText(b)
		return
	}
	l.index(l.dict.addText(b, t.ValueHash(n)))
}

// index adds a value of the dictionary to the page.
func (l *leaf) index(n int32) {
	l.indexes = append(l.indexes, n)
	if l.mode == trialMode && len(l.indexes) >= dictionaryTrial {
		l.decide()
	}
}

func (l *leaf) putBits(entry int, v uint64) {
	l.put(entry)
	if l.mode == plainMode {
		l.plain.addBits(v)
		return
	}
	l.index(l.dict.addBits(v))
}

func (l *leaf) putBool(entry int, v bool) {
	l.put(entry)
	l.plain.addBool(v)
}

// decide ends the trial: the dictionary is kept, or its values go on as
// plain ones.
func (l *leaf) decide() {
	if l.dict.pays(len(l.indexes)) {
		l.mode = dictMode
		return
	}
	l.mode, l.distinct = plainMode, l.dict.distinct(len(l.indexes))
	for _, n := range l.indexes {
		l.plain.take(&l.dict.values, int(n))
	}
	l.indexes = l.indexes[:0]
	l.dict.reset()
}

// count returns the number of values in the page.
func (l *leaf) count() int {
	if l.mode == plainMode {
		return l.plain.len()
	}
	return len(l.indexes)
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
func (l *leaf) size() int { return l.plain.size() + 2*len(l.indexes) }
