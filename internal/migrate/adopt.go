package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/migrate/pgschema"
	"github.com/power100/tpe/internal/migrate/sqltext"
	"github.com/power100/tpe/internal/tpe"
)

// adopt plans from the source, and from the tables of the target as they are.
func (r *run) adopt(ctx context.Context) error {
	cat, sources, err := r.sources(ctx)
	if err != nil {
		return err
	}
	r.plan = &pgschema.Plan{Tables: []*pgschema.Table{}, LeftOut: []pgschema.LeftOut{}}
	for _, src := range sources {
		if err := r.adoptTable(ctx, src, sources); err != nil {
			return err
		}
	}
	r.unreadable(cat)
	if len(r.pairs) == 0 {
		return &tpe.Error{Code: tpe.NotFound, Message: "the schema " + r.o.Schema + " of the target has none of the source's tables", Hint: "run tpe migrate without --verify first; --schema names another schema"}
	}
	return nil
}

// sources returns the catalog of the source, and its tables that are to be moved.
func (r *run) sources(ctx context.Context) (*origin.Catalog, []*origin.Table, error) {
	cat, err := r.snap.Conns[0].Catalog(ctx)
	if err != nil {
		return nil, nil, err
	}
	tables, err := chosen(cat, r.o.Tables)
	return cat, tables, err
}

// adoptTable takes a table of the source into the plan as the target has it.
// That the target does not have it is a difference.
func (r *run) adoptTable(ctx context.Context, src *origin.Table, sources []*origin.Table) error {
	name, err := r.counterpart(ctx, src)
	if err != nil {
		return err
	}
	if name == "" {
		r.differs(Difference{Table: src.Name, Kind: noTable})
		return nil
	}
	t, err := r.existing(ctx, src)
	if err != nil {
		var known *tpe.Error
		if errors.As(err, &known) && known.Code == tpe.Misuse {
			known.Code = tpe.Mismatch // a column is missing, or of a type that holds no values of SQLite
		}
		return err
	}
	declared(t, src, sources)
	r.plan.Tables = append(r.plan.Tables, t)
	ranges, err := r.snap.Conns[0].Ranges(ctx, src, r.o.chunkRows())
	if err != nil {
		return err
	}
	r.addPair(src, ranges, int64(len(ranges))*r.o.chunkRows(), r.o.Schema)
	return nil
}

// adoptOthers takes in the tables of the source that the move did not know:
// they came later, or --tables did not name them.
func (r *run) adoptOthers(ctx context.Context) error {
	cat, sources, err := r.sources(ctx)
	if err != nil {
		return err
	}
	for _, src := range sources {
		if r.planned(src) {
			continue
		}
		if err := r.adoptTable(ctx, src, sources); err != nil {
			return err
		}
	}
	r.unreadable(cat)
	return nil
}

func (r *run) planned(src *origin.Table) bool {
	return slices.ContainsFunc(r.plan.Tables, func(t *pgschema.Table) bool { return t.Name == src.Name })
}

// unreadable notes the tables that cannot be compared.
func (r *run) unreadable(cat *origin.Catalog) {
	for _, t := range cat.Strange {
		l := pgschema.Unreadable(t.Name, t.SQL)
		if !slices.ContainsFunc(r.plan.LeftOut, func(known pgschema.LeftOut) bool { return known.Object == l.Object }) {
			r.plan.LeftOut = append(r.plan.LeftOut, l)
		}
	}
}

// declared adds the keys and foreign keys that the source declares to a table
// that is in the target, where Postgres can have them.
func declared(t *pgschema.Table, src *origin.Table, sources []*origin.Table) {
	target := func(cols []int) []string {
		var names []string
		for _, i := range cols {
			names = append(names, t.Columns[i].Target)
		}
		return names
	}
	if len(src.PrimaryKey) > 0 {
		s := pgschema.Statement{Object: "primary key of " + src.Name, Key: pgschema.PrimaryKey, Columns: target(src.PrimaryKey)}
		if slices.ContainsFunc(src.PrimaryKey, func(i int) bool { return !t.Columns[i].NotNull }) {
			s.Key = pgschema.Unique // NULL in a key, which Postgres does not allow
		}
		t.Indexes = append(t.Indexes, s)
	}
	for _, ix := range src.Indexes {
		if cols, ok := plainKey(ix); ok {
			t.Indexes = append(t.Indexes, pgschema.Statement{Object: fmt.Sprintf("unique (%s) of %s", strings.Join(target(cols), ", "), src.Name), Key: pgschema.Unique, Columns: target(cols)})
		}
	}
	for _, fk := range src.ForeignKeys {
		at := slices.IndexFunc(sources, func(p *origin.Table) bool { return sqltext.Fold(p.Name) == sqltext.Fold(fk.Parent) })
		if at < 0 || slices.Contains(fk.Columns, -1) {
			continue
		}
		parent := sources[at]
		var cols []int
		for _, name := range fk.ParentColumns {
			cols = append(cols, parent.Column(name))
		}
		if cols == nil {
			cols = parent.PrimaryKey
		}
		key := func(ix origin.Index) bool {
			k, ok := plainKey(ix)
			return ok && sameSet(k, cols)
		}
		if sameSet(cols, parent.PrimaryKey) || slices.ContainsFunc(parent.Indexes, key) {
			t.Foreign = append(t.Foreign, pgschema.Foreign{Columns: target(fk.Columns), Parent: parent.Name,
				Statement: pgschema.Statement{Object: fmt.Sprintf("foreign key (%s) of %s to %s", strings.Join(target(fk.Columns), ", "), src.Name, parent.Name)}})
		}
	}
}

// plainKey returns the columns that an index keeps unique as bytes.
func plainKey(ix origin.Index) ([]int, bool) {
	var cols []int
	for _, p := range ix.Parts {
		if p.Column < 0 || p.Collation != "" {
			return nil, false
		}
		cols = append(cols, p.Column)
	}
	return cols, ix.Unique && ix.Where == ""
}

func sameSet[T int | string](a, b []T) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}
