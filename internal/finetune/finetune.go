// Package finetune makes training data for OpenAI chat models out of the
// conversations in the lake: those that went well, of people who agreed, with
// what identifies them taken out.
//
// The same records and names give the same bytes, whatever order they come in. It must
// never write a conversation without consent, and never put one person into
// both the training and the validation set. Every conversation that is left
// out is named with the reason.
package finetune

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// The outcomes that conversations can be chosen by.
var outcomes = []string{"question_answered", "partner_matched", "demo_booked", "deal_closed"}

// Outcomes returns the names of the outcomes to choose by.
func Outcomes() []string { return slices.Clone(outcomes) }

func key(role, id string) string { return role + ":" + id }

// ParseUser reads the name of a user in a list: partner:88. An id alone is a
// contractor's.
func ParseUser(text string) (string, error) {
	role, id, named := strings.Cut(text, ":")
	switch {
	case !named:
		return key(tpe.UserContractor, text), nil
	case id == "" || !slices.Contains(tpe.Accounts(), role):
		return "", tpe.Errorf(tpe.Misuse, "user %q is not ROLE:ID, with the role %s", text, strings.Join(tpe.Accounts(), ", "))
	}
	return text, nil
}

// Options chooses conversations and says how they are split.
type Options struct {
	// Outcome is what must have come of a conversation: one of Outcomes, or
	// empty for any conversation. It counts when a record of the conversation
	// says so, or another record of the same person within Within after its
	// first message.
	Outcome string
	Within  time.Duration // default 30 days
	// MinRating is the least rating, 0 to 10, that every rating of the
	// conversation must have; at least one is needed, a thumb up counts. Zero
	// looks at no rating.
	MinRating float64
	// Consent holds the users, as ParseUser returns them, whose consent is
	// known from elsewhere. A record of the lake that withdraws it counts more.
	Consent map[string]bool
	// Validation is the share of people, from 0 to 0.5, in the validation set.
	Validation float64
	// Seed changes who is in which set.
	Seed string
	// System stands before each conversation as the system message, if not
	// empty.
	System string
	// Names returns what a user and the user's company are called, so that it
	// can be taken out of the texts. Nil: nothing is known.
	Names func(user string) []string
	// Known are the full names of other persons, who may be spoken of.
	Known []string
	// MaxBytes is the size of the largest example; default 200,000, safely
	// below the 65,536 tokens that OpenAI takes.
	MaxBytes int
	// TempDir holds the records while they are sorted; empty: the system's.
	TempDir string
	// Gate takes credentials out.
	Gate *redact.Gate
}

// Output is where the data go. A nil writer is left out.
type Output struct {
	Train, Validation io.Writer // {"messages":[...]}, a line an example
	Refused           io.Writer // a line a conversation that was left out
	Lineage           io.Writer // a line an example, and the summary
}

// Report is what was written.
type Report struct {
	Type              string           `json:"type"` // summary
	Records           int64            `json:"records"`
	Conversations     int64            `json:"conversations"`
	Train             int64            `json:"train"`
	Validation        int64            `json:"validation"`
	Refused           int64            `json:"refused"`
	Reasons           map[string]int64 `json:"reasons"` // of the refused
	Redacted          int64            `json:"redacted"`
	InputSHA256       string           `json:"input_sha256"`
	TrainSHA256       string           `json:"train_sha256"`
	ValidationSHA256  string           `json:"validation_sha256"`
	Outcome           string           `json:"outcome,omitempty"`
	WithinDays        float64          `json:"within_days,omitempty"`
	MinRating         float64          `json:"min_rating,omitempty"`
	ValidationShare   float64          `json:"validation_share"`
	Seed              string           `json:"seed,omitempty"`
	ConsentFromList   int              `json:"consent_from_list"`
	RedactedKinds     []string         `json:"redacted_kinds"`
	NamesWereRedacted bool             `json:"names_were_redacted"`
}

// MinExamples is how many training examples OpenAI asks for at least.
const MinExamples = 10

// Text writes the report for people.
func (r Report) Text(w io.Writer) error {
	fmt.Fprintf(w, "%d conversations: %d to train, %d to validate, %d refused\n", r.Conversations, r.Train, r.Validation, r.Refused)
	for _, reason := range sortedKeys(r.Reasons) {
		fmt.Fprintf(w, "  %6d %s: %s\n", r.Reasons[reason], reason, reasons[reason])
	}
	if r.Train > 0 && r.Train < MinExamples {
		fmt.Fprintf(w, "note: OpenAI takes a file of %d examples at least\n", MinExamples)
	}
	_, err := fmt.Fprintf(w, "%d places redacted; input %.12s, train %.12s, validation %.12s\n", r.Redacted, r.InputSHA256, r.TrainSHA256, r.ValidationSHA256)
	return err
}

// Write reads records, of which it takes conversations, ratings, outcomes and
// consent, and writes the sets. Records that are marked as duplicates are
// left out. What it holds lies in a file while it is sorted, so that memory
// does not grow with the records. The error is Misuse for wrong options, else
// one of the records or of a writer.
func Write(ctx context.Context, records iter.Seq2[*tape.Tape, error], out Output, o Options) (Report, error) {
	o.Within = cmp.Or(o.Within, 30*24*time.Hour)
	o.MaxBytes = cmp.Or(o.MaxBytes, 200_000)
	if o.Gate == nil {
		o.Gate = redact.New(redact.Options{})
	}
	switch {
	case o.Outcome != "" && !slices.Contains(outcomes, o.Outcome):
		return Report{}, tpe.Errorf(tpe.Misuse, "outcome %q is not known: use one of %v", o.Outcome, outcomes)
	case o.MinRating < 0 || o.MinRating > 10:
		return Report{}, tpe.Errorf(tpe.Misuse, "a rating is from 0 to 10, not %v", o.MinRating)
	case o.Validation < 0 || o.Validation > .5:
		return Report{}, tpe.Errorf(tpe.Misuse, "the validation share is from 0 to 0.5, not %v", o.Validation)
	}
	s, err := openSpool(ctx, o.TempDir)
	if err != nil {
		return Report{}, err
	}
	defer s.close()
	for t, err := range records {
		if err == nil {
			err = s.add(ctx, t)
		}
		if err != nil {
			return Report{}, err
		}
	}
	if err := s.ready(ctx); err != nil {
		return Report{}, err
	}
	w := newWriter(out, o, s)
	for c, err := range s.conversations(ctx) {
		if err == nil {
			err = w.conversation(ctx, c)
		}
		if err != nil {
			return Report{}, err
		}
	}
	return w.finish()
}
