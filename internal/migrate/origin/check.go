package origin

import (
	"context"
	"errors"
	"strings"

	lib "modernc.org/sqlite/lib"
)

const (
	// wholeCheck is the size in bytes of the largest database whose indexes are
	// compared with their tables, which takes long; of a larger one the pages alone
	// are checked.
	wholeCheck = 64 << 20
	mostFaults = 20
)

// Check is what SQLite says of its own file.
type Check struct {
	Pragma string   `json:"pragma"` // integrity_check or quick_check
	Faults []string `json:"faults"` // the first of them; none in a sound file
	// Failed is why the check could not be made, "" when it was.
	Failed string `json:"failed,omitempty"`
}

// Check lets SQLite check a database of the size. What single values break (a
// CHECK, NOT NULL) is no fault of the file, and the census finds it.
func (c *Conn) Check(ctx context.Context, size int64) (Check, error) {
	k := Check{Pragma: "integrity_check", Faults: []string{}}
	if size > wholeCheck {
		k.Pragma = "quick_check"
	}
	if err := c.exec("PRAGMA ignore_check_constraints = ON"); err != nil {
		return k, err
	}
	err := c.each(ctx, "PRAGMA "+k.Pragma+"(1000)", func(r *Rows) {
		for line := range strings.Lines(r.String(0)) {
			if line = strings.TrimSpace(line); line != "ok" && !strings.HasPrefix(line, "***") && !strings.Contains(line, " value in ") && len(k.Faults) < mostFaults {
				k.Faults = append(k.Faults, line)
			}
		}
	})
	var answer *Error
	switch {
	case ctx.Err() != nil || err == nil:
		return k, err
	case codeOf(err) == lib.SQLITE_CORRUPT:
		k.Faults = append(k.Faults, err.Error())
	case errors.As(err, &answer): // a collation that only its application has
		k.Failed = answer.Message
	default:
		return k, err
	}
	return k, nil
}
