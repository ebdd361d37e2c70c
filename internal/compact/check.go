package compact

import (
	"context"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/power100/tpe/internal/compact/columns"
	"github.com/power100/tpe/internal/tpe"
)

// check compares the raw records of a day with its Parquet rows. Both come in
// the order of their keys, so that neither is held in memory.
type check struct {
	plan   *dayPlan
	inputs []input

	rows  rows
	key   key // of the raw records in group
	group []rawRecord

	types    map[string]*VerifyType
	counts   map[Kind]int64 // of the findings, named or not
	findings []Finding
}

// rawRecord is what is remembered of a raw record until its key is done.
type rawRecord struct {
	hash   uint64
	origin int
	found  bool
}

// maxFindings is how many records are named for one day.
const maxFindings = 1000

// begin starts at the first row, also for a second time.
func (c *check) begin(ctx context.Context) error {
	c.end()
	c.rows = newRows(ctx, c.plan)
	c.group, c.findings = nil, []Finding{}
	c.types, c.counts = map[string]*VerifyType{}, map[Kind]int64{}
	return c.rows.advance()
}

// end releases the files.
func (c *check) end() {
	if c.rows.stop != nil {
		c.rows.stop()
	}
}

// raw takes the next raw record.
func (c *check) raw(r *record) error {
	if len(c.group) > 0 && compareKeys(c.key, r.key) != 0 {
		if err := c.resolve(); err != nil {
			return err
		}
	}
	if len(c.group) == 0 {
		c.key = key{append(c.key.typ[:0], r.typ...), r.ms, append(c.key.id[:0], r.id...)}
	}
	c.group = append(c.group, rawRecord{hash: r.hash, origin: r.origin})
	c.typ(r.typ).Records++
	return nil
}

// typ returns the counts of a type.
func (c *check) typ(name []byte) *VerifyType {
	t := c.types[string(name)]
	if t == nil {
		t = &VerifyType{Type: string(name)}
		c.types[t.Type] = t
	}
	return t
}

// resolve compares the raw records of one key with the rows of that key.
func (c *check) resolve() error {
	if len(c.group) == 0 {
		return nil
	}
	var others []Finding
	for c.rows.more {
		order := compareKeys(c.rows.key, c.key)
		if order > 0 {
			break
		}
		if order < 0 {
			c.add(c.rows.finding(Unexpected))
		} else if kind := c.match(c.rows.hash); kind != "" {
			others = append(others, c.rows.finding(kind))
		}
		if err := c.take(); err != nil {
			return err
		}
	}
	for _, r := range c.group {
		if r.found {
			continue
		}
		f := Finding{Kind: Missing, Type: string(c.key.typ), ID: string(c.key.id), Time: timeOf(c.key.ms), File: "raw/" + c.inputs[r.origin].name}
		if i := slices.IndexFunc(others, func(o Finding) bool { return o.Kind == Unexpected }); i >= 0 {
			f.Kind = Changed
			others = slices.Delete(others, i, i+1)
		}
		c.add(f)
	}
	for _, f := range others {
		c.add(f)
	}
	c.group = c.group[:0]
	return nil
}

// take counts the row at hand and goes to the next one.
func (c *check) take() error {
	c.typ(c.rows.typ).Rows++
	return c.rows.advance()
}

// match looks for a raw record with the content of a row. It returns what is
// wrong with the row, or nothing.
func (c *check) match(hash uint64) Kind {
	kind := Unexpected
	for i := range c.group {
		if r := &c.group[i]; r.hash == hash {
			if !r.found {
				r.found = true
				return ""
			}
			kind = Doubled
		}
	}
	return kind
}

// rest takes the rows after the last raw record. Without raw records to
// compare they are only counted.
func (c *check) rest() error {
	compared := len(c.plan.gone)+len(c.plan.changed) == 0
	for c.rows.more {
		if compared {
			c.add(c.rows.finding(Unexpected))
		}
		if err := c.take(); err != nil {
			return err
		}
	}
	return nil
}

// add notes a finding. A record whose time or type changed is first missing
// in one place and then not expected in another.
func (c *check) add(f Finding) {
	if f.Kind == Missing || f.Kind == Unexpected {
		pair := Unexpected
		if f.Kind == Unexpected {
			pair = Missing
		}
		for i := range c.findings {
			if o := &c.findings[i]; o.Kind == pair && o.ID == f.ID && f.ID != "" {
				if f.Kind == Missing {
					o.Type, o.Time, o.File = f.Type, f.Time, f.File
				}
				o.Kind = Changed
				c.counts[pair]--
				c.counts[Changed]++
				return
			}
		}
	}
	c.counts[f.Kind]++
	if len(c.findings) < maxFindings {
		c.findings = append(c.findings, f)
	}
}

// result ends the check. err is why the rest could not be read.
func (c *check) result(err error) VerifyDay {
	d := VerifyDay{Day: c.plan.day, State: Proven, Types: []VerifyType{}, Pending: c.plan.added}
	for _, name := range c.plan.gone {
		c.add(Finding{Kind: Missing, File: "raw/" + name, Reason: "the raw file is gone"})
	}
	if want := c.plan.manifest.proof(); err == nil && c.rows.proof != want {
		c.add(Finding{Kind: Changed, File: manifestName, Reason: difference(want, c.rows.proof)})
	}
	if err != nil {
		c.add(Finding{Kind: Unreadable, Reason: err.Error()})
	}
	for _, name := range slices.Sorted(maps.Keys(c.types)) {
		t := *c.types[name]
		d.Types = append(d.Types, t)
		d.Records += t.Records
		d.Rows += t.Rows
	}
	d.Missing, d.Doubled, d.Changed, d.Unexpected = c.counts[Missing], c.counts[Doubled], c.counts[Changed], c.counts[Unexpected]
	d.Findings = c.findings
	switch {
	case len(d.Findings) > 0:
		d.State = Differs
	case len(d.Pending) > 0:
		d.State = Pending
	}
	return d
}

// rows goes through the Parquet rows of a day.
type rows struct {
	key
	hash  uint64
	file  string
	more  bool
	proof columns.Proof

	next func() (row, error, bool)
	stop func()
}

// row is a row with the name of its file.
type row struct {
	columns.Entry
	file string
}

// errOrder says that rows are not sorted, without which they cannot be
// compared.
var errOrder = &tpe.Error{Code: tpe.Invalid, Message: "the rows are not in their order"}

func newRows(ctx context.Context, p *dayPlan) rows {
	seq := inTurn(ctx, p)
	if p.manifest.Mixed {
		seq = merged(ctx, p)
	}
	next, stop := iter.Pull2(seq)
	return rows{next: next, stop: stop}
}

// rowsOf yields the rows of one file.
func rowsOf(ctx context.Context, p *dayPlan, name string) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		in, err := columns.Open(filepath.Join(p.folder, name))
		if err != nil {
			yield(row{}, err)
			return
		}
		defer func() { _ = in.Close() }() // only read from
		for e, err := range in.Entries(ctx) {
			if !yield(row{e, name}, err) || err != nil {
				return
			}
		}
	}
}

// inTurn yields the rows of one file after the other.
func inTurn(ctx context.Context, p *dayPlan) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		for _, f := range p.manifest.Files {
			for r, err := range rowsOf(ctx, p, f.Name) {
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}

// merged yields the rows of all files in one order.
func merged(ctx context.Context, p *dayPlan) iter.Seq2[row, error] {
	type head struct {
		row
		next func() (row, error, bool)
	}
	return func(yield func(row, error) bool) {
		var heads []head
		for _, f := range p.manifest.Files {
			next, stop := iter.Pull2(rowsOf(ctx, p, f.Name))
			defer stop()
			heads = append(heads, head{next: next})
		}
		advance := func(h *head) (more bool, err error) {
			h.row, err, more = h.next()
			return more, err
		}
		for i := 0; i < len(heads); {
			more, err := advance(&heads[i])
			if err != nil {
				yield(row{}, err)
				return
			}
			if more {
				i++
			} else {
				heads = slices.Delete(heads, i, i+1)
			}
		}
		for len(heads) > 0 {
			least := 0
			for i := range heads {
				if compareKeys(keyOfEntry(heads[i].Entry), keyOfEntry(heads[least].Entry)) < 0 {
					least = i
				}
			}
			if !yield(heads[least].row, nil) {
				return
			}
			more, err := advance(&heads[least])
			if err != nil {
				yield(row{}, err)
				return
			}
			if !more {
				heads = slices.Delete(heads, least, least+1)
			}
		}
	}
}

// advance goes to the next row.
func (r *rows) advance() error {
	e, err, more := r.next()
	if err != nil {
		return err
	}
	if !more {
		r.more = false
		return nil
	}
	k := keyOfEntry(e.Entry)
	if r.more && compareKeys(k, r.key) < 0 {
		return errOrder
	}
	r.key.set(k)
	r.hash, r.file, r.more = e.Hash, e.file, true
	r.proof.Add(e.Hash)
	return nil
}

// keyOfEntry returns what a row is sorted by; it points into the row.
func keyOfEntry(e columns.Entry) key {
	k := key{e.Type, noTime, e.ID}
	if e.Dated {
		k.ms = e.Time
	}
	return k
}

// set makes k a copy of another key.
func (k *key) set(from key) {
	*k = key{append(k.typ[:0], from.typ...), from.ms, append(k.id[:0], from.id...)}
}

// finding says what is wrong with the row.
func (r *rows) finding(kind Kind) Finding {
	return Finding{Kind: kind, Type: string(r.typ), ID: string(r.id), Time: timeOf(r.ms), File: r.file}
}

func timeOf(ms int64) string {
	if ms == noTime {
		return ""
	}
	return tpe.FormatTime(time.UnixMilli(ms))
}
