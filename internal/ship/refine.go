package ship

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
	"github.com/power100/tpe/internal/upcast"
)

// Filter chooses the records to replay. Its zero value chooses all.
type Filter struct {
	Since, Until time.Time // Since <= timestamp < Until
	Type         string    // as the record has it, or as the old service had it
	User         string    // user_id
}

// maxFindings bounds the faults that are kept of one record.
const maxFindings = 100

// marks are the twins of a unit of input: second copy, then first.
type marks map[uuid.UUID]uuid.UUID

// job is a piece of the input on its way to a worker: one chunk, or those of
// several small files.
type job struct {
	parts []part
	marks marks
	unit  int // counts units, so that a second copy is counted once in each
}

// part is a chunk of a job.
type part struct {
	*source.Chunk
	live bool  // another process may be writing the end of the file
	from int64 // items that start before were sent by an earlier replay
}

// Release gives the memory of the chunks back.
func (j job) Release() {
	for _, p := range j.parts {
		p.Release()
	}
}

// batch is what a worker made of a job.
type batch struct {
	file       string // of the last part
	unit       int
	end        int64 // just behind the start of the last item
	items      []refined
	unfinished int64
	unreadable []string

	tapes []*tape.Tape // for the records of this batch, and of later ones
	used  int
}

// refined is one item of the input after everything that is done before
// sending.
type refined struct {
	clean    redact.Clean
	json     []byte // instead of clean, when the record waited in a window
	file     string // where it was read
	line     int
	end      int64  // just behind its start
	kind     string // interaction_type
	ms       int64  // timestamp, since 1970
	second   uuid.UUID
	filtered bool
	upcast   bool
	marked   bool
	redacted bool
	refusal  *lake.Quarantined // why it is not sent; nil when it is
	id       string            // interaction_id, of refusals
}

// tape returns a tape that stays as it is as long as the batch is in use.
func (b *batch) tape() *tape.Tape {
	if b.used == len(b.tapes) {
		b.tapes = append(b.tapes, new(tape.Tape))
	}
	b.used++
	return b.tapes[b.used-1]
}

// reset readies a batch for another job.
func (b *batch) reset(unit int) {
	clear(b.items)
	*b = batch{unit: unit, items: b.items[:0], tapes: b.tapes}
}

// refiner readies records for sending. Each worker has its own.
type refiner struct {
	gate   *redact.Gate
	set    *schema.Set
	filter Filter
	kinds  map[string]string // one string for all records of a type
	get    func() *batch
}

func (w *refiner) refine(j job) *batch {
	b := w.get()
	b.reset(j.unit)
	for _, p := range j.parts {
		w.part(b, p, j.marks)
	}
	return b
}

func (w *refiner) part(b *batch, p part, marks marks) {
	b.file, b.end = p.File, p.from
	for it := range p.Items() {
		if it.Offset < p.from {
			continue
		}
		b.end = it.Offset + 1
		switch {
		case it.Err == nil:
			b.items = append(b.items, w.record(b, &it, marks))
		case it.Err.Kind == source.Unreadable:
			b.unreadable = append(b.unreadable, fmt.Sprintf("%s: %v", it.File, it.Err))
		case it.Err.Kind == source.Torn && p.live:
			b.unfinished++
		default:
			b.items = append(b.items, w.fault(&it))
		}
	}
}

// fault refuses an item that the reader could not read whole. What is there
// is kept; of what was not held in memory, where it lies.
func (w *refiner) fault(it *source.Item) refined {
	body := it.Data
	if body == nil {
		body = fmt.Appendf(nil, "%s, line %d, byte %d: %s", it.File, it.Line, it.Offset, it.Err.Reason)
	}
	return w.refuse(it, w.gate.Text(body), "the input is broken: "+it.Err.Kind.String(), it.Err.Error())
}

func (w *refiner) record(b *batch, it *source.Item, marks marks) refined {
	t := b.tape()
	if err := t.Parse(it.Data); err != nil {
		return w.refuse(it, w.gate.Text(it.Data), "the record is no JSON", err.Error())
	}
	if t.Kind(0) != tape.KindObject {
		clean, _ := w.gate.Record(t)
		return w.refuse(it, clean, "the record is no object")
	}
	r := refined{file: it.File, line: it.Line, end: it.Offset + 1}
	if upcast.Needed(t) {
		out, rules, err := upcast.Record(nil, t)
		if err != nil {
			clean, _ := w.gate.Record(t)
			return w.refuse(it, clean, "the record cannot be upcast: "+err.Error())
		}
		r.upcast = len(rules) > 0
		if err := w.mark(&r, t, out, marks); err != nil {
			return w.refuse(it, w.gate.Text(it.Data), "the record cannot be upcast", err.Error())
		}
	}
	r.kind, r.ms = w.kind(t), millis(t)
	if r.filtered = !w.filter.wants(t, r.ms); r.filtered {
		return r
	}
	clean, removed := w.gate.Record(t)
	if found := w.set.Check(t, schema.Check{Max: maxFindings}); len(found) > 0 {
		return w.refuse(it, clean, reasonOf(found[0]), findings(found)...)
	}
	if err := lake.Check(clean); err != nil {
		return w.refuse(it, clean, "the lake cannot take the record", err.Error())
	}
	r.clean, r.redacted = clean, len(removed) > 0
	return r
}

// mark puts an upcast record on the tape, and marks it when it is the second
// copy of a call.
func (w *refiner) mark(r *refined, t *tape.Tape, out []byte, marks marks) error {
	if err := t.Parse(out); err != nil {
		return err
	}
	if len(marks) == 0 {
		return nil
	}
	n, ok := t.Find("interaction_id")
	if !ok {
		return nil
	}
	id, err := uuid.ParseBytes(t.Bytes(n))
	if err != nil {
		return nil //nolint:nilerr // a record that the contract will refuse has no twin
	}
	first, ok := marks[id]
	if !ok {
		return nil
	}
	r.marked, r.second = true, id
	return t.Parse(upcast.MarkDuplicate(nil, t, first.String()))
}

// refuse makes the refusal of an item.
func (w *refiner) refuse(it *source.Item, body redact.Clean, reason string, found ...string) refined {
	r := refined{refusal: &lake.Quarantined{Reason: reason, Source: it.File, Line: it.Line, Findings: found, Body: body}}
	if t := body.Tape(); t != nil {
		r.kind = w.kind(t)
		if n, ok := t.Find("interaction_id"); ok {
			r.id = t.Text(n)
		}
	}
	return r
}

// kind returns the type of a record, "" when it has none.
func (w *refiner) kind(t *tape.Tape) string {
	n, ok := t.Find("interaction_type")
	if !ok || t.Kind(n) != tape.KindString {
		return ""
	}
	b := t.Bytes(n)
	if s, ok := w.kinds[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(w.kinds) < 1000 { // types come from outside
		w.kinds[s] = s
	}
	return s
}

// millis returns the timestamp of a record, 0 when the contract will refuse
// it.
func millis(t *tape.Tape) int64 {
	n, ok := t.Find("timestamp")
	if !ok {
		return 0
	}
	ms, _ := tpe.TimeMillis(t.Bytes(n))
	return ms
}

// wants says whether the filter chooses a record.
func (f *Filter) wants(t *tape.Tape, ms int64) bool {
	is := func(want string, names ...string) bool {
		n, ok := t.Find(names...)
		return ok && string(t.Bytes(n)) == want
	}
	switch {
	case !f.Since.IsZero() && ms < f.Since.UnixMilli(), !f.Until.IsZero() && ms >= f.Until.UnixMilli():
		return false
	case f.Type != "" && !is(f.Type, "interaction_type") && !is(f.Type, "metadata", "original_type"):
		return false
	}
	return f.User == "" || is(f.User, "user_id")
}

// reasonOf names the first fault of a record so that equal faults of other
// records have the same name: places in arrays tell nothing.
func reasonOf(f schema.Finding) string {
	steps := strings.Split(f.Pointer, "/")
	for i, step := range steps {
		if step != "" && strings.Trim(step, "0123456789") == "" {
			steps[i] = "*"
		}
	}
	at := strings.Join(steps, "/")
	if at == "" {
		at = "the top"
	}
	return fmt.Sprintf("the record is against the contract: %s at %s", f.Rule, at)
}

// findings writes the faults of a record for a person.
func findings(found []schema.Finding) []string {
	out := make([]string, len(found))
	for i, f := range found {
		out[i] = f.Message
		if f.Pointer != "" {
			out[i] = f.Pointer + ": " + f.Message
		}
	}
	return out
}
