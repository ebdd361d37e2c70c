package mirror

import (
	"fmt"
	"io"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// Verb says what is done with an object.
type Verb string

// The verbs.
const (
	Upload  Verb = "upload"  // the bucket has no such object
	Replace Verb = "replace" // the bucket has other content
	Touch   Verb = "touch"   // the content is the same; the ledger learns the new times
	Delete  Verb = "delete"  // a Parquet file that a newer manifest has replaced
	Refuse  Verb = "refuse"  // a sealed segment is not what it was, and the copy stays
	Behind  Verb = "behind"  // the bucket has newer Parquet of the day, which stays
	Correct Verb = "correct" // the ledger was wrong
	fail    Verb = "fail"    // told by the error as well
	same    Verb = "same"    // nothing is done
	keep    Verb = "keep"    // only the bucket has it
)

// Action is what is done, or is to be done, with one object.
type Action struct {
	Verb  Verb   `json:"verb"`
	Key   string `json:"key"`
	Bytes int64  `json:"bytes"`
	Why   string `json:"why,omitempty"`
}

// Text writes the action as one line.
func (a Action) Text(w io.Writer) error {
	why := a.Why
	if why != "" {
		why = ": " + why
	}
	_, err := fmt.Fprintf(w, "%s %s (%d bytes)%s\n", a.Verb, a.Key, a.Bytes, why)
	return err
}

// Tally counts objects.
type Tally struct {
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes"`
}

func (t *Tally) add(bytes int64) {
	t.Files++
	t.Bytes += bytes
}

// Report is what a sync did, or would do.
type Report struct {
	To        string `json:"to"`
	DryRun    bool   `json:"dry_run"`
	Checked   bool   `json:"checked"`
	Files     Tally  `json:"files"` // of the lake
	Unchanged Tally  `json:"unchanged"`
	Uploaded  Tally  `json:"uploaded"`
	Replaced  Tally  `json:"replaced"`
	Touched   Tally  `json:"touched"` // new times, same content
	Deleted   Tally  `json:"deleted"`
	Refused   Tally  `json:"refused"`
	Behind    Tally  `json:"behind"`    // Parquet of days of which the bucket has newer
	Corrected Tally  `json:"corrected"` // wrong lines of the ledger
	Failed    Tally  `json:"failed"`
	// Kept are objects that the lake does not have; they stay.
	Kept Tally `json:"kept"`
	// PassedBy is what lies in the lake's folder and is not of a lake.
	PassedBy []string `json:"passed_by"`
	// Unkept says that the ledger was not written: another sync was under way and
	// kept it, or the lake can only be read.
	Unkept bool `json:"ledger_not_kept"`
}

// Text writes the report for people.
func (r Report) Text(w io.Writer) error {
	verbs := [...]string{"uploaded", "replaced", "deleted"}
	if r.DryRun || r.Checked {
		verbs = [...]string{"to upload", "to replace", "to delete"}
	}
	_, err := fmt.Fprintf(w, "%s: %d files (%s): %d unchanged, %d %s (%s), %d %s (%s), %d touched, %d %s\n", r.To, r.Files.Files, megabytes(r.Files.Bytes),
		r.Unchanged.Files, r.Uploaded.Files, verbs[0], megabytes(r.Uploaded.Bytes), r.Replaced.Files, verbs[1], megabytes(r.Replaced.Bytes),
		r.Touched.Files, r.Deleted.Files, verbs[2])
	for _, more := range []struct {
		n    int64
		text string
	}{
		{r.Refused.Files, "%d sealed segments are not what they were; their copies stay\n"},
		{r.Behind.Files, "%d Parquet files and manifests are behind the bucket's, which stay\n"},
		{r.Corrected.Files, "%d lines of the ledger were wrong and are struck out\n"},
		{r.Failed.Files, "%d failed\n"},
		{r.Kept.Files, "%d objects are only in the bucket; they stay\n"},
	} {
		if err == nil && more.n > 0 {
			_, err = fmt.Fprintf(w, more.text, more.n)
		}
	}
	if err == nil && len(r.PassedBy) > 0 {
		_, err = fmt.Fprintf(w, "not copied, as it is not of a lake: %s\n", tpe.Shown(strings.Join(r.PassedBy, ", ")))
	}
	if err == nil && r.Unkept {
		_, err = fmt.Fprintln(w, "the ledger was not kept: another sync is under way and keeps it, or the lake can only be read")
	}
	return err
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// count adds an action to the report.
func (r *Report) count(a *Action) {
	for _, c := range []struct {
		verb  Verb
		tally *Tally
	}{{same, &r.Unchanged}, {Upload, &r.Uploaded}, {Replace, &r.Replaced}, {Touch, &r.Touched}, {Delete, &r.Deleted},
		{Refuse, &r.Refused}, {Behind, &r.Behind}, {Correct, &r.Corrected}, {fail, &r.Failed}, {keep, &r.Kept}} {
		if c.verb == a.Verb {
			c.tally.add(a.Bytes)
		}
	}
}

// wanting returns the error of a check that found something, or of a sync
// that could not do everything.
func (r *Report) wanting() error {
	switch {
	case r.Checked && r.Uploaded.Files+r.Replaced.Files+r.Deleted.Files+r.Refused.Files+r.Behind.Files+r.Corrected.Files > 0:
		return &tpe.Error{Code: tpe.Mismatch, Message: "the lake and " + r.To + " differ", Hint: "run tpe lake sync, then check again"}
	case r.Refused.Files > 0:
		return &tpe.Error{Code: tpe.Mismatch, Message: fmt.Sprintf("%d sealed segments are not what they were when they were sealed", r.Refused.Files),
			Hint: "run tpe lake verify; the bucket still has the copies that were made before"}
	case r.Behind.Files > 0:
		return &tpe.Error{Code: tpe.Mismatch, Message: "the bucket has Parquet with raw files that the lake's Parquet lacks",
			Hint: "run tpe lake compact, then sync again; two lakes need two prefixes"}
	default:
		return nil
	}
}
