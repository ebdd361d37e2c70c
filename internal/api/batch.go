package api

import (
	"fmt"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// The rules of faults that no schema names.
const (
	ruleJSON = "json" // the record is not JSON
	ruleLake = "lake" // the lake cannot take it
)

// fault is one thing that is wrong with one record of a request.
type fault struct {
	index   int64 // of the record in the request, from 0
	line    int   // of the body on which the record starts, from 1
	id      string
	pointer string
	rule    string
	message string
}

// batch is a piece of a body: checked, and ready to be stored.
type batch struct {
	items  int64
	clean  []redact.Clean // what can be stored
	faults []fault        // the first ones of the rest; their index is within the batch
	total  int64          // of all faults
	barred int64          // records whose sender may not send them
	broken int            // places where the body itself is not well formed
	over   error          // why the body is larger than it may be
	tapes  []*tape.Tape   // that clean points into; kept for the next batch
}

func (b *batch) reset() {
	clear(b.clean)
	clear(b.faults)
	b.items, b.clean, b.faults, b.total, b.barred, b.broken, b.over = 0, b.clean[:0], b.faults[:0], 0, 0, 0, nil
}

// nextTape returns a tape that no record of the batch uses.
func (b *batch) nextTape() *tape.Tape {
	if len(b.clean) == len(b.tapes) {
		b.tapes = append(b.tapes, new(tape.Tape))
	}
	return b.tapes[len(b.clean)]
}

// lookEvery is how many records are checked before it is asked again whether
// anybody waits for them.
const lookEvery = 64

// prepare parses the records of a chunk, as many as there is room for, passes
// them through the gate and checks them, until the request is given up. The
// chunk must live as long as the batch.
func (s *Server) prepare(from *outsider, chunk *source.Chunk, room int64, gone func() bool) *batch {
	b := s.batches.Get().(*batch)
	b.reset()
	for item := range chunk.Items() {
		if item.Err != nil && item.Err.Kind == source.Unreadable {
			continue // the sender is told that the body ended early
		}
		switch {
		case b.items >= room:
			b.over = errOver(fmt.Sprintf("the %d records that are allowed", outsiderRecords))
		case item.Err != nil && item.Err.Kind == source.Bomb:
			b.over = errOver("may be packed into a body of its size")
		}
		if b.over != nil || b.items%lookEvery == 0 && gone() {
			break
		}
		s.take(from, b, item)
		b.items++
	}
	return b
}

// take adds one record, or what is wrong with it, to a batch.
func (s *Server) take(from *outsider, b *batch, item source.Item) {
	if item.Err != nil {
		if item.Err.Kind != source.TooLarge {
			b.broken++
		}
		b.reject(fault{index: b.items, line: item.Line, rule: item.Err.Kind.String(), message: item.Err.Reason})
		return
	}
	t := b.nextTape()
	if err := t.Parse(item.Data); err != nil {
		b.reject(fault{index: b.items, line: item.Line, rule: ruleJSON, message: err.Error()})
		return
	}
	clean, _ := s.opts.Gate.Record(t)
	if faults := s.check(from, clean, b.items, item.Line); faults != nil {
		b.reject(faults...)
		return
	}
	b.clean = append(b.clean, clean)
}

// reject keeps faults as far as an answer can name them.
func (b *batch) reject(faults ...fault) {
	b.total += int64(len(faults))
	b.barred += barred(faults)
	b.faults = append(b.faults, faults[:min(len(faults), maxFaults-len(b.faults))]...)
}

// barred is 1 when the faults of a record are that its sender may not send it.
func barred(faults []fault) int64 {
	if len(faults) == 1 && faults[0].rule == ruleForbidden {
		return 1
	}
	return 0
}

// check holds a record against the contract, a valid one against what its
// sender may send, and asks whether the lake can take it.
func (s *Server) check(from *outsider, r redact.Clean, index int64, line int) []fault {
	t := r.Tape()
	findings := s.opts.Schemas.Check(t, schema.Check{Max: maxFaults})
	if len(findings) == 0 {
		pointer, why := from.refuses(t)
		err := lake.Check(r)
		switch {
		case why != "":
			findings = []schema.Finding{{Pointer: pointer, Rule: ruleForbidden, Message: why}}
		case err == nil:
			return nil
		case tpe.CodeOf(err) == tpe.TooLarge:
			findings = []schema.Finding{{Rule: source.TooLarge.String(), Message: err.Error()}}
		default:
			findings = []schema.Finding{{Rule: ruleLake, Message: err.Error()}}
		}
	}
	id := ""
	if n, ok := t.Find("interaction_id"); ok && t.Kind(n) == tape.KindString {
		id = cut(t.Text(n), 64)
	}
	faults := make([]fault, len(findings))
	for i, f := range findings {
		faults[i] = fault{index: index, line: line, id: id, pointer: f.Pointer, rule: f.Rule, message: f.Message}
	}
	return faults
}
