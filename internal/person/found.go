package person

import (
	"fmt"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// Found is what a place holds of a person, or held before it was erased.
type Found struct {
	Files    uint64            `json:"files,omitempty"`  // or objects, with every version
	Records  uint64            `json:"records"`          // or rows, that belong to the person
	Redacted uint64            `json:"redacted"`         // that only mention the person
	Parts    map[string]uint64 `json:"parts,omitempty"`  // rows by table, where there are tables
	Unread   []string          `json:"unread,omitempty"` // what nobody could look into
	// Damaged is what holds records that cannot be looked into, each with the
	// reason: no receipt is signed while there is any.
	Damaged []string `json:"-"`
}

// Empty says whether nothing was found.
func (f *Found) Empty() bool { return f.Files == 0 && f.Records == 0 && f.Redacted == 0 }

// Whole returns an error of the code Invalid when something is damaged.
func (f *Found) Whole() error {
	if len(f.Damaged) == 0 {
		return nil
	}
	const most = 10
	list := strings.Join(f.Damaged[:min(most, len(f.Damaged))], "; ")
	if more := len(f.Damaged) - most; more > 0 {
		list += fmt.Sprintf("; and %d more", more)
	}
	return &tpe.Error{
		Code:    tpe.Invalid,
		Message: "cannot be looked into: " + list,
		Hint:    "put a whole copy in the place of each, or delete it in every version (tpe lake sync sends what the lake has again), then run the same command again; all else there was looked into",
	}
}
