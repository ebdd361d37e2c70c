package migrate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/power100/tpe/internal/migrate/pgname"
	"github.com/power100/tpe/internal/migrate/pgschema"
	"github.com/power100/tpe/internal/tpe"
)

// Object is a part of the schema and what became of it.
type Object struct {
	Object string `json:"object"`
	State  string `json:"state"` // made, not valid or left out
	Note   string `json:"note,omitempty"`
}

// What became of a part of the schema.
const (
	made     = "made"
	notValid = "not valid" // it holds for rows to come; rows that are there break it
	leftOut  = "left out"
)

// attempt makes an object, and takes it back when Postgres refuses it for
// what it is. Other errors end the step.
func attempt(ctx context.Context, tx pgx.Tx, sql string) (refused, err error) {
	sp, err := tx.Begin(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := sp.Exec(ctx, sql); err != nil {
		if rollback := sp.Rollback(ctx); rollback != nil {
			return nil, err
		}
		switch code := sqlState(err); {
		case len(code) == 5 && (code[:2] == "42" || code[:2] == "54" || code[:2] == "0A" || code[:2] == "22" || code[:2] == "23" || code[:2] == "2B"):
			return err, nil
		}
		return nil, err
	}
	return nil, sp.Commit(ctx)
}

func note(o Object) (string, error) {
	b, err := json.Marshal(o)
	return string(b), err
}

// index makes an index, a primary key or a unique constraint.
func (l *load) index(ctx context.Context, c *pgx.Conn, t *pgschema.Table, n int) error {
	s := t.Indexes[n]
	return step(ctx, c, l.o.Schema, fmt.Sprintf("object: %q index %d", t.Name, n), func(tx pgx.Tx) (string, error) {
		refused, err := attempt(ctx, tx, s.SQL)
		other := ""
		if err == nil && nameTaken(refused) {
			if s.Name != "" {
				other = otherName
			}
			refused, err = attempt(ctx, tx, strings.Replace(s.SQL, " INDEX "+pgname.Quote(s.Name)+" ON", " INDEX ON", 1))
		}
		switch {
		case err != nil:
			return "", err
		case refused != nil && s.Must && sqlState(refused) == "23505":
			return "", &tpe.Error{Code: tpe.Mismatch, Message: "the " + s.Object + " cannot be made: values of the source that differ are equal once they are converted", Err: refused,
				Hint: "--type or --using keeps them apart, as in --using \"" + t.Name + ".COLUMN=typeof(COLUMN) || ' ' || COLUMN\""}
		case refused != nil:
			return note(Object{Object: s.Object, State: leftOut, Note: refused.Error()})
		}
		return note(Object{Object: s.Object, State: made, Note: other})
	})
}

// nameTaken reports whether an index was refused for its name. A constraint
// that is made at the same moment may have been given the same one.
func nameTaken(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "42P07" || pg.ConstraintName == "pg_class_relname_nsp_index")
}

// otherName is the note of an index that is there under another name.
const otherName = "it has another name, because its own is taken"

// check adds a CHECK constraint; without looking at the rows that are there
// when some of them break it.
func (l *load) check(ctx context.Context, c *pgx.Conn, t *pgschema.Table, n int) error {
	s := t.Checks[n]
	return step(ctx, c, l.o.Schema, fmt.Sprintf("object: %q check %d", t.Name, n), func(tx pgx.Tx) (string, error) {
		refused, err := attempt(ctx, tx, s.SQL)
		if err != nil {
			return "", err
		}
		if refused != nil && sqlState(refused) == "23514" {
			if refused, err = attempt(ctx, tx, s.SQL+" NOT VALID"); err != nil {
				return "", err
			}
			if refused == nil {
				return note(Object{Object: s.Object, State: notValid, Note: "rows that are there break it; --plan lists them"})
			}
		}
		if refused != nil {
			return note(Object{Object: s.Object, State: leftOut, Note: refused.Error()})
		}
		return note(Object{Object: s.Object, State: made})
	})
}

// orphan is the condition that a row of the child points nowhere.
func orphan(f pgschema.Foreign) string {
	var present, equal []string
	for i := range f.Columns {
		name := "c." + pgname.Quote(f.Columns[i])
		present = append(present, name+" IS NOT NULL")
		equal = append(equal, "p."+pgname.Quote(f.ParentColumns[i])+" = "+name)
	}
	return strings.Join(present, " AND ") + " AND NOT EXISTS (SELECT 1 FROM " + pgname.Quote(f.Parent) + " p WHERE " + strings.Join(equal, " AND ") + ")"
}

// listedOrphans is how many orphans the note of a foreign key names.
const listedOrphans = 1000

// foreign adds a foreign key. Where orphans stay it is not checked for them,
// and the note names them.
func (l *load) foreign(ctx context.Context, c *pgx.Conn, p *pair, n int) error {
	f := p.plan.Foreign[n]
	return step(ctx, c, l.o.Schema, fmt.Sprintf("object: %q foreign key %d", p.plan.Name, n), func(tx pgx.Tx) (string, error) {
		refused, err := attempt(ctx, tx, f.SQL)
		if err != nil {
			return "", err
		}
		if refused == nil {
			return note(Object{Object: f.Object, State: made})
		}
		if sqlState(refused) != "23503" {
			return note(Object{Object: f.Object, State: leftOut, Note: refused.Error()})
		}
		if refused, err = attempt(ctx, tx, f.SQL+" NOT VALID"); err != nil {
			return "", err
		}
		if refused != nil {
			return note(Object{Object: f.Object, State: leftOut, Note: refused.Error()})
		}
		var rows []string
		var all int64
		err = p.records(ctx, tx.Conn(), " c WHERE "+orphan(f), func(r *record) error {
			if all++; len(rows) < listedOrphans {
				rows = append(rows, p.name(r))
			}
			return nil
		})
		if err != nil {
			return "", err
		}
		return note(Object{Object: f.Object, State: notValid, Note: fmt.Sprintf("%s nowhere: %s", count(all, "row points", "rows point"), strings.Join(rows, ", "))})
	})
}

// orphans takes out what points nowhere, by the rule that was asked for. A
// row that is taken out may leave others without a parent, so it goes on
// until there is none.
func (l *load) orphans(ctx context.Context, c *pgx.Conn, pairs []*pair) error {
	if l.o.Orphans != NullOrphans && l.o.Orphans != RejectOrphans {
		return nil
	}
	return step(ctx, c, l.o.Schema, "orphans", func(tx pgx.Tx) (string, error) { return "", l.takeAllOrphans(ctx, tx, pairs) })
}

func (l *load) takeAllOrphans(ctx context.Context, tx pgx.Tx, pairs []*pair) error {
	for {
		taken := int64(0)
		for _, p := range pairs {
			for _, f := range p.plan.Foreign {
				n, err := l.takeOrphans(ctx, tx, p, f)
				if err != nil {
					return err
				}
				taken += n
			}
		}
		if taken == 0 {
			return nil
		}
	}
}

func (l *load) takeOrphans(ctx context.Context, tx pgx.Tx, p *pair, f pgschema.Foreign) (int64, error) {
	var columns []int // that can be made NULL
	for i, c := range p.plan.Columns {
		for _, name := range f.Columns {
			if c.Target == name && !c.NotNull {
				columns = append(columns, i)
			}
		}
	}
	whole := l.o.Orphans == RejectOrphans || len(columns) == 0
	reason := "points to a row of " + f.Parent + " that does not exist"
	var rejects [][]any
	err := p.records(ctx, tx.Conn(), " c WHERE "+orphan(f), func(r *record) error {
		if whole {
			rejects = append(rejects, []any{p.plan.Name, p.name(r), "", p.json(r), reason, "orphan", -1})
			return nil
		}
		name := p.name(r)
		for _, i := range columns {
			b, ok := r.field(i)
			rejects = append(rejects, []any{p.plan.Name, name, p.plan.Columns[i].Name, canonText(b, ok), reason, "orphan", -1})
		}
		return nil
	})
	if err != nil || len(rejects) == 0 {
		return 0, err
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{p.schema, rejectsTable}, []string{"table_name", "rowid", "column_name", "value", "reason", "storage_class", "chunk"}, pgx.CopyFromRows(rejects)); err != nil {
		return 0, err
	}
	sql := "DELETE FROM " + p.table() + " c WHERE " + orphan(f)
	rows := int64(len(rejects))
	if !whole {
		var sets []string
		for _, i := range columns {
			sets = append(sets, pgname.Quote(p.plan.Columns[i].Target)+" = NULL")
		}
		sql = "UPDATE " + p.table() + " c SET " + strings.Join(sets, ", ") + " WHERE " + orphan(f)
		rows /= int64(len(columns))
	}
	tag, err := tx.Exec(ctx, sql)
	if err == nil && tag.RowsAffected() != rows {
		err = fmt.Errorf("take out orphans of %s: %d rows found and %d changed", p.plan.Name, rows, tag.RowsAffected())
	}
	return rows, err
}

// Sequence is the sequence of a column. The next value is above both what
// SQLite remembers and what the column holds.
type Sequence struct {
	Table    string `json:"table"`
	Column   string `json:"column"`
	Last     int64  `json:"last"`            // the value before the next one; 0: the first is next
	SQLite   int64  `json:"sqlite_sequence"` // 0: SQLite has none
	Greatest *int64 `json:"greatest"`        // in the column
	Equal    bool   `json:"equal"`
}

// sequence makes the integer key count on where SQLite stopped.
func (l *load) sequence(ctx context.Context, c *pgx.Conn, p *pair) error {
	if p.plan.Identity == "" {
		return nil
	}
	return step(ctx, c, l.o.Schema, "sequence: "+p.plan.Name, func(tx pgx.Tx) (string, error) {
		if l.o.Scope == DataOnly {
			return "", setSequence(ctx, tx, p)
		}
		column := pgname.Quote(p.plan.Identity)
		if _, err := tx.Exec(ctx, "ALTER TABLE "+p.table()+" ALTER COLUMN "+column+" ADD GENERATED BY DEFAULT AS IDENTITY"); err != nil {
			return "", err
		}
		return "", setSequence(ctx, tx, p)
	})
}

func setSequence(ctx context.Context, tx pgx.Tx, p *pair) error {
	var greatest *int64
	if err := tx.QueryRow(ctx, "SELECT max("+pgname.Quote(p.plan.Identity)+") FROM "+p.table()).Scan(&greatest); err != nil {
		return err
	}
	last := p.plan.Sequence
	if greatest != nil {
		last = max(last, *greatest)
	}
	_, err := tx.Exec(ctx, "SELECT setval(s, $3, $4) FROM pg_get_serial_sequence($1, $2) s WHERE s IS NOT NULL", p.table(), p.plan.Identity, max(1, last), last >= 1)
	return err
}

// readSequence compares a sequence with what the column holds. It returns nil
// when the one that the move has made is gone.
func readSequence(ctx context.Context, c *pgx.Conn, p *pair) (*Sequence, error) {
	s := &Sequence{Table: p.plan.Name, Column: p.plan.Identity, SQLite: p.plan.Sequence}
	var name *string
	if err := c.QueryRow(ctx, "SELECT pg_get_serial_sequence($1, $2)", p.table(), p.plan.Identity).Scan(&name); err != nil {
		return nil, explain(ctx, "read the sequence of "+p.plan.Name, err)
	}
	if name == nil && p.plan.Create != "" {
		return nil, nil
	}
	if name == nil { // a table that was there, with ids of its own making
		s.Equal = true
		return s, nil
	}
	err := c.QueryRow(ctx, "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END, (SELECT max("+pgname.Quote(p.plan.Identity)+") FROM "+p.table()+") FROM "+*name).Scan(&s.Last, &s.Greatest)
	if err != nil {
		return nil, explain(ctx, "read the sequence of "+p.plan.Name, err)
	}
	s.Equal = s.Last >= s.SQLite && (s.Greatest == nil || s.Last >= *s.Greatest)
	return s, nil
}

// finish makes the constraints and sequences, and gathers statistics for the
// planner of Postgres.
func (r *run) finish(ctx context.Context) error {
	return r.timed("constraints", func() error {
		q := newQueue()
		for _, p := range r.pairs {
			q.put(func(ctx context.Context, w worker) error {
				for n := range p.plan.Checks {
					if err := r.load.check(ctx, w.pg, p.plan, n); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := q.run(ctx, r.workers); err != nil {
			return err
		}
		c := r.workers[0].pg
		if err := r.load.orphans(ctx, c, r.pairs); err != nil {
			return err
		}
		for _, p := range r.pairs {
			for n := range p.plan.Foreign {
				if err := r.load.foreign(ctx, c, p, n); err != nil {
					return err
				}
			}
		}
		for _, p := range r.pairs {
			q.put(func(ctx context.Context, w worker) error {
				if err := r.load.sequence(ctx, w.pg, p); err != nil {
					return err
				}
				if !r.o.Analyze {
					return nil
				}
				_, err := w.pg.Exec(ctx, "ANALYZE "+p.table())
				return explain(ctx, "analyze "+p.plan.Name, err)
			})
		}
		return q.run(ctx, r.workers)
	})
}
