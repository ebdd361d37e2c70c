package census

import (
	"fmt"
	"strings"

	"github.com/power100/tpe/internal/migrate/convert"
	"github.com/power100/tpe/internal/migrate/pgname"
)

// notes says what else an operator should know.
func (r *Report) notes() {
	add := func(object, format string, args ...any) {
		r.Notes = append(r.Notes, Note{Object: object, Text: fmt.Sprintf(format, args...)})
	}
	names := map[string]string{}
	var json []string
	for _, t := range r.Tables {
		if other, ok := names[strings.ToLower(t.Name)]; ok {
			add(t.Name, "differs from %s only in case; both keep their names, which must be quoted", other)
		}
		names[strings.ToLower(t.Name)] = t.Name
		noteName(add, "table", t.Name, t.Name)
		if len(t.Columns) > pgname.MaxColumns {
			add(t.Name, "has %s columns and Postgres allows %s: the move is refused unless --tables leaves it out", thousands(int64(len(t.Columns))), thousands(pgname.MaxColumns))
		}
		if t.source.Virtual {
			add(t.Name, "a virtual table: its rows are moved to a plain table, its index is not")
		}
		if len(t.source.PrimaryKey) == 0 && !t.source.Virtual {
			add(t.Name, "has no primary key, in Postgres neither; the rowid is not moved")
		}
		columns := map[string]string{}
		for _, c := range t.Columns {
			object := t.Name + "." + c.Name
			if other, ok := columns[strings.ToLower(c.Name)]; ok {
				add(object, "differs from %s only in case; both keep their names, which must be quoted", other)
			}
			columns[strings.ToLower(c.Name)] = c.Name
			noteName(add, "column", object, c.Name)
			noteValues(add, object, c)
			if c.Type.Kind == convert.JSON {
				json = append(json, object)
			}
		}
	}
	if len(json) > 0 {
		add(strings.Join(json, ", "), "JSON in columns that are declared as text: they get the type json, which keeps every character; --type TABLE.COLUMN=jsonb makes a column jsonb, which can be indexed")
	}
}

func noteName(add func(string, string, ...any), what, object, name string) {
	n := pgname.Column(name)
	if what == "table" {
		n = pgname.Relation(name)
	}
	switch {
	case n != name && len(name) > pgname.Max:
		add(object, "the name has %d bytes and Postgres keeps %d: the %s is called %s", len(name), pgname.Max, what, n)
	case n != name && what == "table":
		add(object, "the table is called %s, because the name is taken or empty", n)
	case name == "":
		add(object, "Postgres has no empty names: the column is called %s", n)
	case n != name:
		add(object, "every table of Postgres has a column %s of its own: the column is called %s", name, n)
	case pgname.Reserved(name):
		add(object, "the name is a word of SQL: queries must quote it")
	case pgname.MustQuote(name):
		add(object, "the name must be quoted in queries, because of capitals or characters that plain names cannot have")
	}
}

func noteValues(add func(string, string, ...any), object string, c *Column) {
	p := c.Profile
	if p.TextInvalid > 0 {
		add(object, "%s", count(p.TextInvalid, "text is invalid UTF-8", "texts are invalid UTF-8"))
	}
	if p.TextNUL > 0 {
		add(object, "%s the character NUL", count(p.TextNUL, "text contains", "texts contain"))
	}
	if p.TextZeroDate > 0 {
		add(object, "%s, which is no day", count(p.TextZeroDate, "value is a zero date", "values are zero dates"))
	}
	if p.TextDayFirst > 0 && p.textForm[convert.USDate]+p.textForm[convert.USTime] > 0 {
		add(object, "%s with the day first, beside dates that were read with the month first: check which is meant", count(p.TextDayFirst, "date is written", "dates are written"))
	}
	if want, ok := declaredType(c.Declared); ok && want.Kind == convert.Bigint && c.Type.Kind == convert.Bigint && p.IntMin > 946_684_800 && p.intTime == p.Integer && p.Integer >= evidence && dateName(c.Name) {
		add(object, "looks like a time in numbers since 1970; --type %s=timestamptz makes it one", object)
	}
}

// dateName reports whether a column is called as times are.
func dateName(name string) bool {
	n := strings.ToLower(name)
	for _, s := range []string{"date", "time", "_at", "created", "updated", "expires", "stamp"} {
		if strings.Contains(n, s) {
			return true
		}
	}
	return false
}
