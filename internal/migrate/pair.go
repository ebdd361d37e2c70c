package migrate

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strconv"

	"github.com/cespare/xxhash/v2"

	"github.com/power100/tpe/internal/migrate/census"
	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/pgschema"
)

// pair is a table on both sides. Its rows are compared in groups: ranges of
// the integer key where the table has one, else by a hash of the primary key,
// or of the whole row.
type pair struct {
	plan   *pgschema.Table
	source *origin.Table
	schema string // where the table is in the target now
	exprs  map[int]string
	ranges []origin.Range // the chunks of the source
	bounds []int64        // with an integer key: the last key of each group but the last
	byKey  bool           // grouped by the integer key: a group is a chunk
	groups int
	read   []int // the source's columns that the target has

	retyped bool // a column is compared as another type than was moved
}

// hashGroups bounds the groups of a table without an integer key, and
// groupRows is about how many rows one of them holds.
const (
	hashGroups = 1024
	groupRows  = 20_000
)

func newPair(plan *pgschema.Table, source *origin.Table, schema string, ranges []origin.Range, rows int64) *pair {
	p := &pair{plan: plan, source: source, schema: schema, exprs: map[int]string{}, ranges: ranges}
	for _, c := range plan.Columns {
		at := source.Column(c.Name)
		p.read = append(p.read, at)
		if c.Using != "" {
			p.exprs[at] = c.Using
		}
	}
	if plan.RowKey >= 0 && integerKind(plan.Columns[plan.RowKey].Type.Kind) && plan.Columns[plan.RowKey].Using == "" && !source.Virtual {
		p.byKey, p.groups = true, len(ranges)
		for _, g := range ranges[:len(ranges)-1] {
			p.bounds = append(p.bounds, g.Hi[0].Int)
		}
		return p
	}
	p.groups = int(min(max(1, rows/groupRows), hashGroups))
	return p
}

func integerKind(k convert.Kind) bool {
	return k == convert.Bigint || k == convert.Integer || k == convert.Smallint
}

// table is the quoted name of the table in the target.
func (p *pair) table() string { return pgname.Quote(p.schema) + "." + pgname.Quote(p.plan.Target) }

// columns is the quoted list of the columns in the target; without those that
// Postgres computes when they are written.
func (p *pair) columns(write bool) string {
	var names []string
	for i, c := range p.plan.Columns {
		if !write || !p.generated(i) {
			names = append(names, c.Target)
		}
	}
	return pgname.List(names)
}

func (p *pair) generated(i int) bool { return slices.Contains(p.plan.Generated, i) }

// record is one row in its canonical texts, on either side.
type record struct {
	canon []byte // each text after its length in four bytes
	at    []int  // where each column begins in canon
}

// field returns the canonical text of column i; false is NULL.
func (r *record) field(i int) ([]byte, bool) {
	n := int32(binary.BigEndian.Uint32(r.canon[r.at[i]:]))
	if n < 0 {
		return nil, false
	}
	return r.canon[r.at[i]+4 : r.at[i]+4+int(n)], true
}

// null makes column i NULL.
func (r *record) null(i int) {
	f, ok := r.field(i)
	if !ok {
		return
	}
	start := r.at[i] + 4
	r.canon = slices.Delete(r.canon, start, start+len(f))
	binary.BigEndian.PutUint32(r.canon[r.at[i]:], 0xffffffff)
	for k := i + 1; k < len(r.at); k++ {
		r.at[k] -= len(f)
	}
}

// group returns the group of a row.
func (p *pair) group(r *record) int {
	if p.groups == 1 {
		return 0
	}
	if p.byKey {
		text, _ := r.field(p.plan.RowKey)
		key, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			return 0 // the key is NULL, which only another program can have written
		}
		return sort.Search(len(p.bounds), func(i int) bool { return key <= p.bounds[i] })
	}
	return int(xxhash.Sum64(p.key(r)) % uint64(p.groups))
}

// key returns what identifies the row on both sides: the texts of the primary
// key, or the whole row.
func (p *pair) key(r *record) []byte {
	switch len(p.plan.Key) {
	case 0:
		return r.canon
	case 1:
		i := p.plan.Key[0]
		f, _ := r.field(i)
		return r.canon[r.at[i] : r.at[i]+4+len(f)]
	}
	var key []byte
	for _, i := range p.plan.Key {
		f, _ := r.field(i)
		key = append(key, r.canon[r.at[i]:r.at[i]+4+len(f)]...)
	}
	return key
}

// name says which row it is, for people and for the rejects of orphans: the
// integer key, the primary key as a JSON array, or a hash of the row.
func (p *pair) name(r *record) string {
	if p.plan.RowKey >= 0 {
		text, _ := r.field(p.plan.RowKey)
		return string(text)
	}
	if len(p.plan.Key) == 0 {
		var s Sum
		s.row(r.canon)
		return "hash:" + hex.EncodeToString(s.appendHash(nil)[:8])
	}
	var list []any
	for _, i := range p.plan.Key {
		if text, ok := r.field(i); ok {
			list = append(list, string(text))
		} else {
			list = append(list, nil)
		}
	}
	b, _ := json.Marshal(list) // texts and nil
	return string(b)
}

// errSurprise is the name of a table that holds a value unlike those that its
// types were chosen by.
type errSurprise string

// Error says which table it is.
func (e errSurprise) Error() string { return "the table " + string(e) + " is not like its sample" }

// reject is a value that does not convert, or a row that is taken out. The
// column is then empty, and the value is the row as JSON.
type reject struct {
	row, column, class, value, reason string
	bytes                             []byte // what value cannot show exactly
}

// rejected is what was rejected: values and whole rows. The sum is of what
// the table of rejects keeps of them, without the reasons.
type rejected struct {
	values, rows int64
	sum          Sum
}

func (d *rejected) add(r reject) error {
	if r.column == "" {
		d.rows++
	} else {
		d.values++
	}
	var b []byte
	for _, part := range []string{r.row, r.column, r.class, text(r.value), string(r.bytes)} {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(part))), part...)
	}
	d.sum.row(b)
	return nil
}

func (d *rejected) join(e rejected) {
	d.values += e.values
	d.rows += e.rows
	d.sum.add(e.sum)
}

// reader reads rows of the source and converts them.
type reader struct {
	p       *pair
	enc     convert.Encoder
	rec     record
	rejects func(reject) error
	orphans orphans
}

// next converts the row that rows stands on. keep is false when the row is
// rejected. The wire form of the kept row is at the end of enc.Wire.
func (d *reader) next(rows *origin.Rows) (keep bool, err error) {
	p := d.p
	start := len(d.enc.Wire)
	d.enc.BeginRow(len(p.plan.Columns) - len(p.plan.Generated))
	d.rec.at = d.rec.at[:0]
	var broken string
	for i, c := range p.plan.Columns {
		d.rec.at = append(d.rec.at, len(d.enc.Canon))
		wire := len(d.enc.Wire)
		v := rows.Value(p.read[i] + 1)
		if c.Unseen && v.Kind != origin.Null {
			return false, errSurprise(p.plan.Name)
		}
		if reason := d.append(c, v); reason != "" {
			if p.plan.Sampled {
				return false, errSurprise(p.plan.Name)
			}
			d.enc.Null()
			if c.NotNull {
				broken = c.Name + ": " + reason
			}
			if err := d.reject(rows, c.Name, v, reason); err != nil {
				return false, err
			}
		} else if v.Kind == origin.Null && c.NotNull && !p.generated(i) {
			broken = c.Name + ": NULL in a column that is NOT NULL"
		}
		if p.generated(i) {
			d.enc.Wire = d.enc.Wire[:wire]
		}
	}
	d.rec.canon = d.enc.Canon
	if broken == "" {
		return true, nil
	}
	if p.plan.Sampled {
		return false, errSurprise(p.plan.Name)
	}
	d.enc.Wire = d.enc.Wire[:start]
	return false, d.rejectRow(rows, broken)
}

// append converts a value. It is compared as the type that was moved, and
// written as the type that the column has now.
func (d *reader) append(c pgschema.Column, v origin.Value) (reason string) {
	wire, canon := len(d.enc.Wire), len(d.enc.Canon)
	reason = d.enc.Append(c.Type, v)
	if reason != "" || c.Now.Kind == convert.Unknown {
		return reason
	}
	d.enc.Wire = d.enc.Wire[:wire]
	moved := len(d.enc.Canon)
	if reason = d.enc.Append(c.Now, v); reason != "" {
		moved = canon
	}
	d.enc.Canon = d.enc.Canon[:moved]
	return reason
}

func (d *reader) reject(rows *origin.Rows, column string, v origin.Value, reason string) error {
	if d.rejects == nil {
		return nil
	}
	r := reject{row: census.RowName(d.p.source, rows), column: column, class: v.Kind.String(), value: census.Show(v), reason: reason}
	if v.Kind == origin.Blob || r.value != string(v.Bytes) && v.Kind == origin.Text {
		r.bytes = slices.Clone(v.Bytes)
	}
	return d.rejects(r)
}

func (d *reader) rejectRow(rows *origin.Rows, reason string) error {
	if d.rejects == nil {
		return nil
	}
	row := map[string]any{}
	for i, c := range d.p.plan.Columns {
		switch v := rows.Value(d.p.read[i] + 1); v.Kind {
		case origin.Null:
			row[c.Name] = nil
		case origin.Integer:
			row[c.Name] = v.Int
		default:
			row[c.Name] = census.Show(v)
		}
	}
	b, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("write a rejected row: %w", err)
	}
	return d.rejects(reject{row: census.RowName(d.p.source, rows), class: "row", value: string(b), reason: reason})
}

// sums reads a chunk of the source and adds its rows to the groups' sums, as
// they are in the target once orphans are taken out.
func (d *reader) sums(ctx context.Context, c *origin.Conn, g origin.Range, add func(*record)) error {
	rows, err := c.Scan(ctx, d.p.source, g, d.p.exprs)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		d.enc.Wire = d.enc.Wire[:0]
		keep, err := d.next(rows)
		if err != nil {
			return err
		}
		if !keep || d.orphaned() {
			continue
		}
		add(&d.rec)
	}
	if rows.Err() != nil {
		return fmt.Errorf("read %s: %w", d.p.source.Name, rows.Err())
	}
	return nil
}

// orphaned applies what was done about orphans to the row, and reports
// whether the whole row was taken out. A value, or a row, that is another one
// now than was taken out is in neither place, and stays.
func (d *reader) orphaned() bool {
	if len(d.orphans) == 0 {
		return false
	}
	taken := d.orphans[d.p.name(&d.rec)]
	for _, o := range taken {
		for i, c := range d.p.plan.Columns {
			if c.Name != o.column || o.column == "" {
				continue
			}
			if canonText(d.rec.field(i)) == o.value || d.p.retyped {
				d.rec.null(i)
			}
		}
	}
	return slices.ContainsFunc(taken, func(o orphaned) bool {
		return o.column == "" && (o.value == d.p.json(&d.rec) || d.p.retyped)
	})
}

// json is a row as the table of rejects keeps it when it is taken out.
func (p *pair) json(r *record) string {
	row := map[string]any{}
	for i, c := range p.plan.Columns {
		if b, ok := r.field(i); ok {
			row[c.Name] = string(b)
		} else {
			row[c.Name] = nil
		}
	}
	b, _ := json.Marshal(row) // texts and nil
	return text(string(b))
}
