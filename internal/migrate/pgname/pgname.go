// Package pgname knows the names of Postgres: which ones need quotes, which
// ones it does not allow and how long they may be.
package pgname

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode/utf8"
)

// Rejects is the table that a move adds to those of the source.
const Rejects = "_migrate_rejects"

// Max is the length in bytes that Postgres keeps of a name.
const Max = 63

// MaxColumns is how many columns a table of Postgres may have.
const MaxColumns = 1600

// Quote quotes a name for Postgres.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// List quotes names and puts commas between them.
func List(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = Quote(n)
	}
	return strings.Join(out, ", ")
}

// Text quotes a text for Postgres, as a string literal.
func Text(s string) string {
	if strings.Contains(s, `\`) {
		return `E'` + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(s) + `'`
	}
	return `'` + strings.ReplaceAll(s, `'`, `''`) + `'`
}

// Column returns the name that a column called name has in Postgres. It is
// another one when every table has a system column of that name, or when it
// is too long.
func Column(name string) string {
	if slices.Contains(system, name) {
		return name + "_"
	}
	return Relation(name)
}

// Relation returns the name that a table, an index or a constraint called
// name has in Postgres. A name that is too long is cut, and ends in a part of
// its hash, so that two of them stay different. SQLite allows an empty name.
func Relation(name string) string {
	switch name {
	case "":
		return "unnamed"
	case Rejects:
		return name + "_"
	}
	if len(name) <= Max {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	tail := "_" + hex.EncodeToString(sum[:4])
	cut := Max - len(tail)
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + tail
}

// MustQuote reports whether a name must be quoted in queries.
func MustQuote(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != '_' && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			return true
		}
	}
	return name == "" || Reserved(name)
}

// Reserved reports whether name is a word that cannot stand for a table or
// column without quotes.
func Reserved(name string) bool { return slices.Contains(reserved, strings.ToLower(name)) }

// system are the columns that every table has.
var system = []string{"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}

// reserved are the reserved words (PostgreSQL 17, appendix C; those that may
// be a function or type name included).
var reserved = strings.Fields(`all analyse analyze and any array as asc asymmetric authorization binary both case cast check
collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema
current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign
freeze from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
returning right select session_user similar some symmetric system_user table tablesample then to trailing true union unique
user using variadic verbose when where window with`)
