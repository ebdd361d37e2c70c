package sqldb

import "strings"

// contains adds a condition that a column which holds a JSON list, or should,
// has one of the values in it.
func (w *where) contains(column string, values []string) {
	if len(values) == 0 {
		return
	}
	conds, args := make([]string, len(values)), make([]any, len(values))
	for i, v := range values {
		conds[i], args[i] = "tpe_fold("+column+`) LIKE ? ESCAPE '\'`, "%"+likeText(v)+"%"
	}
	w.and(strings.Join(conds, " OR "), args...)
}

// likeText writes a text so that LIKE takes it word by word.
func likeText(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(s))
}

// oneOf adds a condition that a column is one of the values.
func (w *where) oneOf(column string, values []string) {
	if len(values) == 0 {
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = v
	}
	w.and(column+" IN ("+marks(len(values))+")", args...)
}
