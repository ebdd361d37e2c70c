package sqldb

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// Page says which part of a list is asked for: after a cursor, or from an
// offset on.
type Page struct {
	Limit  int
	Offset int
	After  string // Next of the page before; empty: the beginning
}

// Rows is one page of a list.
type Rows[T any] struct {
	Items []T
	Total int64  // of all pages together
	Next  string // cursor of the next page; empty: this was the last one
}

// listing is a query for a page of rows of the type T.
type listing struct {
	from  string // tables, with their aliases
	alias string // of the table that the plain columns are from
	// key is the numeric expression that rows are ordered by, greatest
	// first; ties by id. NULL counts as the least.
	key   string
	where where
}

// where is a conjunction of conditions.
type where struct {
	text strings.Builder
	args []any
}

// and adds a condition with its values.
func (w *where) and(cond string, args ...any) {
	if w.text.Len() == 0 {
		w.text.WriteString(" WHERE ")
	} else {
		w.text.WriteString(" AND ")
	}
	w.text.WriteString("(" + cond + ")")
	w.args = append(w.args, args...)
}

// search adds a condition that one of the columns holds the text, in small or
// capital letters.
func (w *where) search(text string, columns ...string) {
	pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(text)) + "%"
	conds := make([]string, len(columns))
	args := make([]any, len(columns))
	for i, c := range columns {
		conds[i], args[i] = "tpe_fold("+c+`) LIKE ? ESCAPE '\'`, pattern
	}
	w.and(strings.Join(conds, " OR "), args...)
}

// least stands for NULL in the order of a list.
const least = -1e18

// page runs the query for one page.
func page[T any](ctx context.Context, c Conn, l *listing, p Page) (Rows[T], error) {
	out := Rows[T]{Items: []T{}}
	total, _, err := value[int64](ctx, c, `SELECT count(*) FROM `+l.from+l.where.text.String(), l.where.args...)
	if err != nil {
		return out, err
	}
	out.Total = total
	alias := l.alias
	if alias != "" {
		alias += "."
	}
	order := fmt.Sprintf("COALESCE(CAST(%s AS DOUBLE PRECISION), %v)", l.key, least)
	w := where{args: append([]any(nil), l.where.args...)}
	w.text.WriteString(l.where.text.String())
	if p.After != "" {
		k, id, err := parseCursor(p.After)
		if err != nil {
			return out, err
		}
		w.and("("+order+", "+alias+"id) < (?, ?)", k, id)
	}
	rows, err := c.query(ctx, `SELECT `+columns[T](l.alias)+`, `+order+`, `+alias+`id FROM `+l.from+w.text.String()+
		` ORDER BY `+order+` DESC, `+alias+`id DESC LIMIT ? OFFSET ?`, append(w.args, p.Limit+1, p.Offset)...)
	if err != nil {
		return out, engine(err)
	}
	defer rows.Close()
	plan := planOf[T]()
	var key float64 // of the last row
	var id int64
	for rows.Next() {
		if len(out.Items) == p.Limit {
			out.Next = cursor(key, id)
			break
		}
		var row T
		if err := rows.Scan(append(plan.targets(&row), &key, &id)...); err != nil {
			return out, err
		}
		out.Items = append(out.Items, row)
	}
	return out, engine(rows.Err())
}

// cursor names a place between two rows: api.Paging has its pattern.
func cursor(key float64, id int64) string {
	return strconv.FormatFloat(key, 'f', -1, 64) + "_" + strconv.FormatInt(id, 10)
}

func parseCursor(s string) (key float64, id int64, err error) {
	k, i, found := strings.Cut(s, "_")
	if found {
		if key, err = strconv.ParseFloat(k, 64); err == nil {
			id, err = strconv.ParseInt(i, 10, 64)
		}
	}
	if err != nil || !found {
		return 0, 0, &tpe.Error{Code: tpe.Misuse, Message: "The cursor is not one that was given out", Hint: "use next_cursor of the page before, unchanged"}
	}
	return key, id, nil
}
