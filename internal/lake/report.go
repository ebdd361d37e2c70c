package lake

import "fmt"

// FaultKind says what is wrong with a record or a segment.
type FaultKind string

// The kinds of faults.
const (
	Missing FaultKind = "missing" // was stored, and is not there any more
	Doubled FaultKind = "doubled" // is there more often than it was stored
	Changed FaultKind = "changed" // is there with other content than was stored
	Added   FaultKind = "added"   // is there, and was never stored
	Damaged FaultKind = "damaged" // a place that cannot be read as a record
)

// Fault is one thing that Verify found wrong. Without an ID it concerns the
// whole segment, or the records that Detail counts.
type Fault struct {
	Kind    FaultKind `json:"kind"`
	Day     Day       `json:"day,omitzero"` // NoDay where there is none
	Segment string    `json:"segment"`
	Line    int       `json:"line,omitempty"` // in the segment, from 1
	ID      string    `json:"id,omitempty"`   // interaction_id; "hash:" and 32 digits for a lost one that was no uuid
	Type    string    `json:"type,omitempty"`
	Records uint64    `json:"records"` // how many records are concerned
	Detail  string    `json:"detail,omitempty"`
}

// String writes the fault as one line.
func (f Fault) String() string {
	s := string(f.Kind)
	if f.Day != NoDay {
		s += " " + f.Day.String()
	}
	s += " " + f.Segment
	if f.Line > 0 {
		s += fmt.Sprintf(":%d", f.Line)
	}
	if f.ID != "" {
		s += " " + f.ID
	}
	if f.Type != "" {
		s += " " + f.Type
	}
	if f.Detail != "" {
		s += ": " + f.Detail
	}
	return s
}

// Report is what Verify found.
type Report struct {
	OK       bool                 `json:"ok"`
	Segments int                  `json:"segments"` // that were recounted
	Foreign  int                  `json:"foreign"`  // other files with records
	Records  uint64               `json:"records"`  // in all of them; in the other files the distinct ones
	Faults   map[FaultKind]uint64 `json:"faults"`   // records by kind of fault
	Accounts []Account            `json:"accounts"` // by day and type
	Total    Account              `json:"total"`
	// Unguarded counts segments that have neither an index nor a receipt:
	// whether they are whole cannot be told. They have an index now.
	Unguarded int `json:"unguarded"`
}

// Account says where the records went that were received:
// Received = Stored + Duplicate + Quarantined + Erased. Received, Duplicate
// and Erased come from the receipts, Stored and Quarantined are counted in
// the files. What lies in files that tpe did not write counts as received, and
// a record that comes again there as a duplicate.
type Account struct {
	Day         Day    `json:"day,omitzero"` // NoDay for the total
	Type        string `json:"type"`
	Received    uint64 `json:"received"`
	Stored      uint64 `json:"stored"`
	Duplicate   uint64 `json:"duplicate"`
	Quarantined uint64 `json:"quarantined"`
	Erased      uint64 `json:"erased"` // on request: taken out, or not stored afterwards
}

// Balanced says whether the account adds up.
func (a *Account) Balanced() bool {
	return a.Received == a.Stored+a.Duplicate+a.Quarantined+a.Erased
}

func (a *Account) add(o *Account) {
	a.Received += o.Received
	a.Stored += o.Stored
	a.Duplicate += o.Duplicate
	a.Quarantined += o.Quarantined
	a.Erased += o.Erased
}
