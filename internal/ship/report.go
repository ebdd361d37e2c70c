package ship

import "github.com/power100/tpe/internal/tpe"

// Report is what a replay came to.
type Report struct {
	Read        int64 `json:"read"`        // records, or what should have been one
	Filtered    int64 `json:"filtered"`    // not asked for
	Quarantined int64 `json:"quarantined"` // not sent: no record, or against the contract
	Sent        int64 `json:"sent"`

	New       int64 `json:"new"`
	Duplicate int64 `json:"duplicate"` // there already, with the same id and content
	Conflict  int64 `json:"conflict"`  // there already with other content; both are kept
	Replaced  int64 `json:"replaced"`  // there already, but changed since: put right
	Erased    int64 `json:"erased"`    // of somebody who was erased: not stored again
	Rejected  int64 `json:"rejected"`  // refused by the receiver
	Failed    int64 `json:"failed"`    // not sent because of an error; may be sent again

	Upcast     int64 `json:"upcast"`     // sent, after they were turned into records of today
	Marked     int64 `json:"marked"`     // sent, marked as the second copy of a call; each counted once
	Redacted   int64 `json:"redacted"`   // sent, after something was taken out
	Unfinished int64 `json:"unfinished"` // last lines that another process is still writing; not read

	Types   map[string]*TypeCount `json:"types"`
	Reasons map[string]int64      `json:"reasons"` // why records were quarantined or rejected
	Samples []Refusal             `json:"samples"` // the first of them

	Unreadable      int64    `json:"unreadable"`        // files that could not be opened or read to the end
	UnreadableFiles []string `json:"unreadable_files"`  // the first of them, each with the cause
	Resumed         string   `json:"resumed,omitempty"` // the file in which an earlier replay had stopped
	DryRun          bool     `json:"dry_run,omitempty"` // nothing was sent; Sent says what would have been
}

// TypeCount counts the records of one type. What became of them is only
// counted by type where the receiver says it of each.
type TypeCount struct {
	Read        int64 `json:"read"`
	Filtered    int64 `json:"filtered,omitempty"`
	Quarantined int64 `json:"quarantined,omitempty"`
	Sent        int64 `json:"sent"`
	New         int64 `json:"new"`
	Duplicate   int64 `json:"duplicate"`
	Conflict    int64 `json:"conflict,omitempty"`
	Replaced    int64 `json:"replaced,omitempty"`
	Erased      int64 `json:"erased,omitempty"`
	Rejected    int64 `json:"rejected,omitempty"`
}

// Refusal says of one record why it was not taken.
type Refusal struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Type     string   `json:"interaction_type,omitempty"`
	ID       string   `json:"interaction_id,omitempty"`
	Reason   string   `json:"reason"`
	Findings []string `json:"findings,omitempty"`
}

// maxSamples bounds Report.Samples and Report.UnreadableFiles.
const maxSamples = 20

func newReport() *Report {
	return &Report{Types: map[string]*TypeCount{}, Reasons: map[string]int64{}, Samples: []Refusal{}, UnreadableFiles: []string{}}
}

// of returns the count of a type; "" is what has none.
func (r *Report) of(kind string) *TypeCount {
	if kind == "" {
		kind = "(none)"
	}
	t := r.Types[kind]
	if t == nil {
		t = new(TypeCount)
		r.Types[kind] = t
	}
	return t
}

// refused notes why a record was not taken.
func (r *Report) refused(ref Refusal) {
	r.Reasons[ref.Reason]++
	if len(r.Samples) < maxSamples {
		r.Samples = append(r.Samples, ref)
	}
}

// unreadable notes a file that could not be read.
func (r *Report) unreadable(what string) {
	r.Unreadable++
	if len(r.UnreadableFiles) < maxSamples {
		r.UnreadableFiles = append(r.UnreadableFiles, what)
	}
}

// AddsUp says whether every record that was read is accounted for once.
func (r *Report) AddsUp() bool {
	if r.Read != r.Filtered+r.Quarantined+r.Sent {
		return false
	}
	return r.DryRun || r.Sent == r.New+r.Duplicate+r.Conflict+r.Replaced+r.Erased+r.Rejected+r.Failed
}

// Err returns nil when everything was taken, and else an error whose code
// says what kept it: Unavailable for files that could not be read, Mismatch
// for records that were refused or are in conflict, NotFound when there was
// no record, or none that was asked for.
func (r *Report) Err() error {
	switch {
	case r.Unreadable > 0:
		return tpe.Errorf(tpe.Unavailable, "files that could not be read: %d, the first is %s", r.Unreadable, r.UnreadableFiles[0])
	case r.Read == 0:
		return tpe.Errorf(tpe.NotFound, "there is no record in the input")
	case r.Read == r.Filtered && r.Resumed == "":
		return tpe.Errorf(tpe.NotFound, "no record in the input matches")
	case r.Quarantined+r.Rejected+r.Conflict > 0:
		return tpe.Errorf(tpe.Mismatch, "records that were refused: %d, in conflict with others: %d", r.Quarantined+r.Rejected, r.Conflict)
	}
	return nil
}
