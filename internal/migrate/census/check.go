package census

import (
	"context"
	"errors"
	"fmt"

	"github.com/power100/tpe/internal/migrate/origin"
)

// check looks for rows that break what the schema declares: SQLite lets them
// in when foreign keys are off, when a constraint came later or when the
// schema was edited.
func (r *Report) check(ctx context.Context, c *origin.Conn, cat *origin.Catalog) error {
	for _, t := range r.Tables {
		if t.source.Virtual {
			continue
		}
		for i, fk := range t.source.ForeignKeys {
			o, err := orphans(ctx, c, t.source, fk, cat)
			if err != nil {
				return err
			}
			if o.Count > 0 || o.Fault != "" {
				for _, col := range t.source.ForeignKeys[i].Columns {
					o.Columns = append(o.Columns, t.Columns[max(0, col)].Name)
				}
				t.Orphans = append(t.Orphans, o)
			}
		}
		for i, col := range t.Columns {
			if t.source.Columns[i].NotNull && col.Profile.Null > 0 {
				t.Violations = append(t.Violations, violation(ctx, c, t.source, col.Name+" NOT NULL", origin.Quote(col.Name)+" IS NULL"))
			} else if col.place.key && col.Profile.Null > 0 {
				t.Violations = append(t.Violations, violation(ctx, c, t.source, "PRIMARY KEY, in which SQLite allows NULL", origin.Quote(col.Name)+" IS NULL"))
			}
		}
		for _, check := range t.source.Text.Checks {
			if v := violation(ctx, c, t.source, "CHECK ("+check.Expr+")", "NOT ("+check.Expr+")"); v.Count > 0 || v.Fault != "" {
				t.Violations = append(t.Violations, v)
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// orphans counts the rows of t whose foreign key points nowhere.
func orphans(ctx context.Context, c *origin.Conn, t *origin.Table, fk origin.ForeignKey, cat *origin.Catalog) (Orphans, error) {
	o := Orphans{Parent: fk.Parent, Rows: []int64{}}
	p := cat.Table(fk.Parent)
	if p == nil {
		o.Fault = "there is no table " + fk.Parent
		return o, nil
	}
	parents := fk.ParentColumns
	if parents == nil {
		for _, i := range p.PrimaryKey {
			parents = append(parents, p.Columns[i].Name)
		}
	}
	if len(parents) != len(fk.Columns) {
		o.Fault = fmt.Sprintf("it has %d columns and the key of %s has %d", len(fk.Columns), fk.Parent, len(parents))
		return o, nil
	}
	present, equal := "", ""
	for i, col := range fk.Columns {
		if col < 0 {
			o.Fault = "a column of it does not exist"
			return o, nil
		}
		name := "c." + origin.Quote(t.Columns[col].Name)
		present += name + " IS NOT NULL AND "
		equal += " AND p." + origin.Quote(parents[i]) + " = " + name
	}
	err := matching(ctx, c, t, "c", present+"NOT EXISTS (SELECT 1 FROM "+origin.Quote(p.Name)+" p WHERE 1"+equal+")", &o.Count, &o.Rows)
	return o, faultOf(ctx, err, &o.Fault)
}

func violation(ctx context.Context, c *origin.Conn, t *origin.Table, name, where string) Violation {
	v := Violation{Constraint: name, Rows: []int64{}}
	if err := matching(ctx, c, t, "t", where, &v.Count, &v.Rows); err != nil {
		v.Fault = err.Error()
	}
	return v
}

// matching counts the rows that meet a condition and lists the first rowids.
func matching(ctx context.Context, c *origin.Conn, t *origin.Table, alias, where string, n *int64, list *[]int64) error {
	id := "NULL"
	if !t.WithoutRowid && t.Rowid() != "NULL" {
		id = alias + "." + t.Rowid()
	}
	rows, err := c.Query(ctx, fmt.Sprintf("SELECT %s FROM %s %s WHERE %s", id, origin.Quote(t.Name), alias, where))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if *n++; id != "NULL" && len(*list) < maxRows {
			*list = append(*list, rows.Int(0))
		}
	}
	return rows.Err()
}

// faultOf keeps what SQLite objects to as a finding and returns other errors.
func faultOf(ctx context.Context, err error, fault *string) error {
	var refused *origin.Error
	if err == nil || ctx.Err() != nil || !errors.As(err, &refused) {
		return err
	}
	*fault = refused.Message
	return nil
}
