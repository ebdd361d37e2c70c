package finetune

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// reasons are why a conversation is refused, in words.
var reasons = map[string]string{
	"no_consent":   "no record and no list says that the person agreed",
	"withdrawn":    "the person said no",
	"no_answer":    "no question in it has a whole answer",
	"tool_calls":   "it has messages of tools",
	"several":      "records of several people have its id",
	"no_outcome":   "the outcome asked for did not come of it in time",
	"unrated":      "nobody rated it",
	"rated_low":    "a rating is below the least one asked for",
	"too_long":     "it is longer than an example may be",
	"duplicate":    "another conversation has the same words",
	"not_readable": "a record's time cannot be read",
}

// set is one file of examples.
type set struct {
	name  string
	w     *bufio.Writer
	sum   hash.Hash
	lines int64
}

type writer struct {
	o                Options
	s                *spool
	known            people
	train, valid     *set
	refused, lineage *bufio.Writer
	input            hash.Hash
	report           Report
}

func newWriter(out Output, o Options, s *spool) *writer {
	buffer := func(w io.Writer) *bufio.Writer {
		if w == nil {
			w = io.Discard
		}
		return bufio.NewWriterSize(w, 64<<10)
	}
	return &writer{
		o: o, s: s, known: newPeople(o.Known), input: sha256.New(),
		train:   &set{name: "train", w: buffer(out.Train), sum: sha256.New()},
		valid:   &set{name: "validation", w: buffer(out.Validation), sum: sha256.New()},
		refused: buffer(out.Refused), lineage: buffer(out.Lineage),
		report: Report{Type: "summary", Reasons: map[string]int64{}},
	}
}

// example is a line of the lineage.
type example struct {
	Type           string   `json:"type"`
	Set            string   `json:"set"`
	Line           int64    `json:"line"`
	SHA256         string   `json:"sha256"` // of the line without its end
	ConversationID string   `json:"conversation_id"`
	InteractionIDs []string `json:"interaction_ids"`
	Person         string   `json:"person"` // a hash, the same for all examples of a person
	Rating         *float64 `json:"rating,omitempty"`
	OutcomeID      string   `json:"outcome_interaction_id,omitempty"`
	TurnsLeftOut   int      `json:"turns_left_out,omitempty"` // without a whole answer
	Redacted       int      `json:"redacted,omitempty"`
}

type refusal struct {
	Type           string   `json:"type"`
	ConversationID string   `json:"conversation_id"`
	InteractionIDs []string `json:"interaction_ids"`
	Reason         string   `json:"reason"`
	Detail         string   `json:"detail"`
}

// conversation judges one conversation and writes it somewhere.
func (w *writer) conversation(ctx context.Context, c conversation) error {
	w.report.Conversations++
	ids := make([]string, 0, len(c.turns))
	for _, t := range c.turns {
		ids = append(ids, t.id)
		fmt.Fprintf(w.input, "%q %q %q %q\n", c.id, t.at, t.id, t.raw) // a hash takes all
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	e := example{Type: "example", ConversationID: c.id, InteractionIDs: ids}
	reason, detail, err := w.judge(ctx, c, &e)
	if err != nil {
		return err
	}
	if reason == "" {
		var line []byte
		if line, reason, detail, err = w.build(ctx, c, &e); err != nil {
			return err
		}
		if reason == "" {
			return w.example(line, &e)
		}
	}
	w.report.Refused++
	w.report.Reasons[reason]++
	return writeLine(w.refused, refusal{"refused", c.id, ids, reason, either(detail, reasons[reason])})
}

// judge says why a conversation is refused before its words are looked at.
func (w *writer) judge(ctx context.Context, c conversation, e *example) (reason, detail string, err error) {
	first := c.turns[0]
	for _, t := range c.turns {
		if t.person != first.person {
			return "several", "", nil
		}
	}
	e.Person = w.hash(first.person)
	given, told, err := w.s.consented(ctx, first.person)
	switch {
	case err != nil:
		return "", "", err
	case told && !given:
		return "withdrawn", "", nil
	case !told && !w.o.Consent[first.person]:
		return "no_consent", "", nil
	case c.large:
		return "too_long", "", nil
	}
	if w.o.Outcome != "" {
		if reason, err = w.outcome(ctx, c, e); reason != "" || err != nil {
			return reason, "", err
		}
	}
	least, rated, err := w.s.ratings(ctx, c)
	if err != nil {
		return "", "", err
	}
	if rated {
		e.Rating = &least
	}
	switch {
	case w.o.MinRating == 0:
	case !rated:
		return "unrated", "", nil
	case least < w.o.MinRating:
		return "rated_low", fmt.Sprintf("a rating is %v, below %v", least, w.o.MinRating), nil
	}
	return "", "", nil
}

// outcome looks for what came of a conversation.
func (w *writer) outcome(ctx context.Context, c conversation, e *example) (reason string, err error) {
	if w.o.Outcome == "question_answered" {
		for _, t := range c.turns {
			if t.answered {
				e.OutcomeID = t.id
				return "", nil
			}
		}
		return "no_outcome", nil
	}
	at, err := tpe.ParseTime(c.turns[0].at)
	if err != nil {
		return "not_readable", nil //nolint:nilerr // the record is at fault, and is refused
	}
	id, ok, err := w.s.outcome(ctx, c.turns[0].person, w.o.Outcome, c.turns[0].at, tpe.FormatTime(at.Add(w.o.Within)))
	if err != nil || !ok {
		return "no_outcome", err
	}
	e.OutcomeID = id
	return "", nil
}

// build makes the line of a conversation, or says why there is none.
func (w *writer) build(ctx context.Context, c conversation, e *example) (line []byte, reason, detail string, err error) {
	messages, left, reason := assemble(c)
	if reason != "" {
		return nil, reason, "", nil
	}
	e.TurnsLeftOut = left
	var names []string
	if w.o.Names != nil {
		names = w.o.Names(c.turns[0].user)
	}
	m := newMask(w.o.Gate, names, w.known)
	words := sha256.New()
	for i, msg := range messages {
		var n int
		messages[i].Content, n = m.text(msg.Content)
		e.Redacted += n
		fmt.Fprintf(words, "%s %q\n", msg.Role, strings.ToLower(strings.Join(strings.Fields(messages[i].Content), " ")))
	}
	if w.o.System != "" {
		messages = slices.Insert(messages, 0, message{"system", w.o.System})
	}
	if line, err = tpe.Marshal(struct {
		Messages []message `json:"messages"`
	}{messages}); err != nil {
		return nil, "", "", err
	}
	if len(line) > w.o.MaxBytes {
		return nil, "too_long", fmt.Sprintf("%d bytes, %d at most", len(line), w.o.MaxBytes), nil
	}
	again, err := w.s.first(ctx, hex.EncodeToString(words.Sum(nil)), c.id)
	if err != nil {
		return nil, "", "", err
	}
	if again != "" {
		return nil, "duplicate", "the same words as conversation " + again, nil
	}
	return line, "", "", nil
}

// example writes a line to the set of its person.
func (w *writer) example(line []byte, e *example) error {
	to := w.train
	if w.validates(e.Person) {
		to = w.valid
	}
	to.lines++
	sum := sha256.Sum256(line)
	e.Set, e.Line, e.SHA256 = to.name, to.lines, hex.EncodeToString(sum[:])
	w.report.Redacted += int64(e.Redacted)
	line = append(line, '\n')
	_, _ = to.sum.Write(line) // a hash takes all
	if _, err := to.w.Write(line); err != nil {
		return fmt.Errorf("write example: %w", err)
	}
	return writeLine(w.lineage, e)
}

// hash names a person without telling who it is. With the seed it is the same
// from run to run.
func (w *writer) hash(person string) string {
	sum := sha256.Sum256([]byte("tpe finetune\x00" + w.o.Seed + "\x00" + person))
	return hex.EncodeToString(sum[:16])
}

// validates says whether a person is in the validation set.
func (w *writer) validates(person string) bool {
	b, err := hex.DecodeString(person[:16])
	if err != nil {
		return false
	}
	return float64(binary.BigEndian.Uint64(b)>>11)/(1<<53) < w.o.Validation
}

func (w *writer) finish() (Report, error) {
	r := &w.report
	r.Records, r.Train, r.Validation = w.s.records, w.train.lines, w.valid.lines
	r.InputSHA256, r.TrainSHA256, r.ValidationSHA256 = sum(w.input), sum(w.train.sum), sum(w.valid.sum)
	r.Outcome, r.MinRating, r.ValidationShare, r.Seed = w.o.Outcome, w.o.MinRating, w.o.Validation, w.o.Seed
	if r.Outcome != "" {
		r.WithinDays = w.o.Within.Hours() / 24
	}
	r.ConsentFromList, r.RedactedKinds, r.NamesWereRedacted = len(w.o.Consent), redactedKinds(), w.o.Names != nil || len(w.o.Known) > 0
	if err := writeLine(w.lineage, r); err != nil {
		return *r, err
	}
	for _, b := range []*bufio.Writer{w.train.w, w.valid.w, w.refused, w.lineage} {
		if err := b.Flush(); err != nil {
			return *r, fmt.Errorf("write examples: %w", err)
		}
	}
	return *r, nil
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

func sortedKeys(m map[string]int64) []string { return slices.Sorted(maps.Keys(m)) }

func writeLine(w *bufio.Writer, v any) error {
	line, err := tpe.Marshal(v)
	if err != nil {
		return err
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write examples: %w", err)
	}
	return nil
}
