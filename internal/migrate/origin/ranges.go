package origin

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Range is a part of a table: the rows whose key is above Lo and not above
// Hi. A nil bound is open. The key is the rowid, or the primary key of a
// table WITHOUT ROWID.
type Range struct {
	Lo, Hi []Value
}

// maxRanges bounds the ranges of equal width that a table is split into.
const maxRanges = 4096

// key returns the columns that ranges are made of; none for a table that can
// only be read whole.
func (t *Table) key() []string {
	switch {
	case t.Virtual || !t.WithoutRowid && t.Rowid() == "NULL":
		return nil
	case !t.WithoutRowid:
		return []string{t.Rowid()}
	}
	var key []string
	for _, i := range t.PrimaryKey {
		key = append(key, Quote(t.Columns[i].Name))
	}
	return key
}

// Ranges splits a table into ranges of about rows rows, in the order of the
// key. Together they hold every key, those of rows to come included.
func (c *Conn) Ranges(ctx context.Context, t *Table, rows int64) ([]Range, error) {
	key := t.key()
	if key == nil {
		return []Range{{}}, nil
	}
	if !t.WithoutRowid {
		var lo, hi int64
		err := c.each(ctx, fmt.Sprintf("SELECT (SELECT min(%[1]s) FROM %[2]s), (SELECT max(%[1]s) FROM %[2]s)", key[0], Quote(t.Name)), func(r *Rows) {
			lo, hi = r.Int(0), r.Int(1)
		})
		if err != nil {
			return nil, fmt.Errorf("split %s: %w", t.Name, err)
		}
		// Ids are dense as a rule. Where they are not, the rows are counted off.
		if span := uint64(hi) - uint64(lo); span < maxRanges*uint64(rows) {
			return equalRanges(lo, hi, rows), nil
		}
	}
	return c.countedRanges(ctx, t, key, rows)
}

func equalRanges(lo, hi, rows int64) []Range {
	var out []Range
	var from []Value
	for at := lo; hi-at >= rows+rows/2; {
		at += rows
		bound := []Value{{Kind: Integer, Int: at}}
		out = append(out, Range{Lo: from, Hi: bound})
		from = bound
	}
	return append(out, Range{Lo: from})
}

func (c *Conn) countedRanges(ctx context.Context, t *Table, key []string, rows int64) ([]Range, error) {
	list := strings.Join(key, ", ")
	var out []Range
	var from []Value
	for {
		var next []Value
		where, args := Range{Lo: from}.where(key)
		err := c.each(ctx, fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s LIMIT 1 OFFSET %d", list, Quote(t.Name), where, list, rows), func(r *Rows) {
			for i := range key {
				next = append(next, r.Value(i).Clone())
			}
		}, args...)
		if err != nil {
			return nil, fmt.Errorf("split %s: %w", t.Name, err)
		}
		if next == nil {
			return append(out, Range{Lo: from}), nil
		}
		out = append(out, Range{Lo: from, Hi: next})
		from = next
	}
}

// where returns the condition of the range and its arguments.
func (g Range) where(key []string) (string, []any) {
	var conds []string
	var args []any
	add := func(op string, bound []Value) {
		if bound == nil {
			return
		}
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(key)), ", ")
		conds = append(conds, fmt.Sprintf("(%s) %s (%s)", strings.Join(key, ", "), op, marks))
		for _, v := range bound {
			args = append(args, v)
		}
	}
	add(">", g.Lo)
	add("<=", g.Hi)
	if conds == nil {
		return "", nil
	}
	return " WHERE " + strings.Join(conds, " AND "), args
}

// Scan reads the rows of a range in the order of its key: first the rowid,
// then the columns. exprs replaces columns by expressions.
func (c *Conn) Scan(ctx context.Context, t *Table, g Range, exprs map[int]string) (*Rows, error) {
	sql := t.Select(exprs)
	key := t.key()
	where, args := g.where(key)
	sql += where
	if key != nil {
		sql += " ORDER BY " + strings.Join(key, ", ")
	}
	return c.Query(ctx, sql, args...)
}

// jsonValue is a Value in JSON: the bytes are in base64, so that they are kept
// whatever they are.
type jsonValue struct {
	Kind  Kind    `json:"kind"`
	Int   int64   `json:"int,omitempty"`
	Float float64 `json:"float,omitempty"`
	Bytes []byte  `json:"bytes,omitempty"`
}

// MarshalJSON keeps a value exactly.
func (v Value) MarshalJSON() ([]byte, error) { return json.Marshal(jsonValue(v)) }

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *Value) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, (*jsonValue)(v)) }
