package migrate

import (
	"context"
	"fmt"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgschema"
	"github.com/power100/tpe/internal/tpe"
)

// retyped is a column whose type is another one since the move: the platform,
// say, has brought its schema up to date.
type retyped struct {
	p      *pair
	column *pgschema.Column
	now    convert.Type
}

// String says it in words.
func (c retyped) String() string {
	return fmt.Sprintf("the column %s.%s was moved as %s and is %s now", c.p.plan.Target, c.column.Target, c.column.Type.SQL(), c.now.SQL())
}

// look finds the columns that have another type now. Values of a text, and of
// another kind of integer, are compared as the type that was moved; the other
// columns are returned.
func (r *run) look(ctx context.Context) (others []retyped, err error) {
	for _, p := range r.pairs {
		list, err := r.attributes(ctx, p.plan.Target)
		if err != nil {
			return nil, err
		}
		for i := range p.plan.Columns {
			c := &p.plan.Columns[i]
			for _, a := range list {
				if a.Name != c.Target {
					continue
				}
				now, err := convert.Parse(a.Type)
				switch {
				case err != nil:
					return nil, &tpe.Error{Code: tpe.Mismatch, Message: fmt.Sprintf("the column %s.%s was moved as %s and cannot be compared", p.plan.Target, c.Target, c.Type.SQL()), Err: err}
				case now == c.Type:
				case now.Textual() || now.Kind == convert.JSON || integerKind(now.Kind) && integerKind(c.Type.Kind):
					c.Now = now
				default:
					others = append(others, retyped{p, c, now})
				}
			}
		}
	}
	return others, nil
}

// compareAs makes both sides of a column be read as the type that it has now.
func (c retyped) compareAs() { c.column.Type, c.p.retyped = c.now, true }

// asMoved appends the canonical text that a value of the target has as the type
// that was moved, or its own when it is no such value.
func asMoved(e *convert.Encoder, dst []byte, c pgschema.Column, wire []byte) ([]byte, error) {
	text, err := e.Canonical(nil, c.Now, wire)
	if err != nil {
		return dst, err
	}
	if _, canon, reason := e.Value(c.Type, origin.Value{Kind: origin.Text, Bytes: text}); reason == "" {
		text = canon
	}
	return append(dst, text...), nil
}
