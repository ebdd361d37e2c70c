package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tpe"
)

// rejected is the outcome of a record that was not taken.
const rejected = "rejected"

// maxFaults is the number of faults that an answer names. It counts them all.
const maxFaults = 1000

// tally is what became of the records of one request.
type tally struct {
	from       *outsider // who sends them; nil: one who may send everything
	received   int64
	fresh      int64
	duplicate  int64
	conflict   int64
	erased     int64 // of somebody who was erased: taken, and not stored
	rejected   int64
	barred     int64 // of those rejected: the sender may not send them
	broken     int   // places where the body itself is not well formed
	faults     []fault
	faultTotal int64
}

// notStored returns how many records were neither stored nor rejected,
// because the disk refused.
func (t *tally) notStored() int64 {
	return t.received - t.fresh - t.duplicate - t.conflict - t.erased - t.rejected
}

// reject notes the faults of one record.
func (t *tally) reject(faults ...fault) {
	t.rejected++
	t.barred += barred(faults)
	t.name(faults, int64(len(faults)))
}

// name keeps faults as far as they fit, and counts all.
func (t *tally) name(faults []fault, total int64) {
	t.faultTotal += total
	t.faults = append(t.faults, faults[:min(len(faults), maxFaults-len(t.faults))]...)
}

// stored notes what the lake says of records.
func (t *tally) stored(outcomes []lake.Outcome) {
	for _, o := range outcomes {
		switch o {
		case lake.New:
			t.fresh++
		case lake.Duplicate:
			t.duplicate++
		case lake.Conflict:
			t.conflict++
		case lake.Erased:
			t.erased++
		case lake.NotStored:
		}
	}
}

// store gives a batch to the lake. It is on disk after sync.
func (t *tally) store(ctx context.Context, w *lake.Writer, b *batch) error {
	for i := range b.faults {
		b.faults[i].index += t.received
	}
	t.received += b.items
	t.rejected += b.items - int64(len(b.clean))
	t.barred += b.barred
	t.broken += b.broken
	t.name(b.faults, b.total)
	if len(b.clean) == 0 {
		return nil
	}
	outcomes, err := w.Append(ctx, lake.Buffered, b.clean...)
	t.stored(outcomes)
	return err
}

// sync brings what was stored to the disk. When that fails, nothing counts
// as stored.
func (t *tally) sync(ctx context.Context, w *lake.Writer) error {
	if t.fresh+t.duplicate+t.conflict == 0 {
		return nil
	}
	err := w.Sync(ctx)
	if err != nil {
		t.fresh, t.duplicate, t.conflict = 0, 0, 0
	}
	return err
}

// answerIngest answers with the tally. Only an answer of 200 says that every
// record is stored; success says so too.
func (s *Server) answerIngest(t *tally, v *visit, r *http.Request, err error) {
	if err == nil && t.rejected > 0 && t.rejected == t.received {
		err = t.allRejected()
	}
	if err != nil {
		s.failWith(v, r, err, t.appendJSON([]byte{','}))
		return
	}
	status := http.StatusOK
	b := append(v.scratch[:0], `{"success":`...)
	if t.rejected > 0 {
		status = http.StatusMultiStatus
	}
	b = strconv.AppendBool(b, t.rejected == 0)
	b = append(b, ',')
	b = t.appendJSON(b)
	v.json(status, append(b, "}\n"...))
}

// allRejected is the error of a request of which nothing was taken.
func (t *tally) allRejected() error {
	if t.barred == t.rejected {
		e := &tpe.Error{Code: tpe.Forbidden, Message: "The record is refused: " + t.faults[0].message, Hint: "an administrator's token may send every record"}
		if t.received > 1 {
			e.Message = fmt.Sprintf("All %d records are refused, the first because %s", t.received, t.faults[0].message)
		}
		return e
	}
	if t.received == 1 {
		code := tpe.Invalid
		if len(t.faults) == 1 && t.faults[0].rule == source.TooLarge.String() {
			code = tpe.TooLarge
		}
		return &tpe.Error{Code: code, Message: "The record is rejected: " + t.faults[0].message}
	}
	return &tpe.Error{Code: tpe.Invalid, Message: fmt.Sprintf("All %d records are rejected", t.received)}
}

// appendJSON appends the members of the answer, without braces.
func (t *tally) appendJSON(b []byte) []byte {
	for _, m := range []struct {
		name string
		n    int64
	}{
		{`"received":`, t.received}, {`,"new":`, t.fresh}, {`,"duplicate":`, t.duplicate}, {`,"conflict":`, t.conflict},
		{`,"rejected":`, t.rejected}, {`,"not_stored":`, t.notStored()}, {`,"erased":`, t.erased}, {`,"faults_total":`, t.faultTotal},
	} {
		b = strconv.AppendInt(append(b, m.name...), m.n, 10)
	}
	b = append(b, `,"faults":[`...)
	for i := range t.faults {
		if i > 0 {
			b = append(b, ',')
		}
		b = t.faults[i].appendJSON(b)
	}
	return append(b, ']')
}

func (f *fault) appendJSON(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"index":`...), f.index, 10)
	b = strconv.AppendInt(append(b, `,"line":`...), int64(f.line), 10)
	if f.id != "" {
		b = tpe.AppendString(append(b, `,"interaction_id":`...), f.id)
	}
	b = tpe.AppendString(append(b, `,"pointer":`...), f.pointer)
	b = tpe.AppendString(append(b, `,"rule":`...), f.rule)
	b = tpe.AppendString(append(b, `,"message":`...), f.message)
	return append(b, '}')
}
