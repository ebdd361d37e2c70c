package ship

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
)

// sendAtOnce is how many records one Send has at most when they are paced.
const sendAtOnce = 500

// sender hands records to the sink when they are due and counts what became
// of them.
type sender struct {
	sink   Sink
	gate   *redact.Gate
	report *Report
	sleep  func(context.Context, time.Duration) error
	at     *bookmark // moves on with what was sent in the order of the input

	pace   *pacer  // nil when records are sent as fast as possible
	window *window // nil when they are sent in the order of the input
	group  []*refined
	cleans []redact.Clean
	files  []string // where they were read
	again  batch    // tapes for records that waited in a window

	unit   int
	copies map[uuid.UUID]struct{} // second copies of this unit that were counted
}

// waiting returns the number of records that were taken and not sent.
func (s *sender) waiting() int {
	if s.window == nil {
		return len(s.group)
	}
	return len(s.group) + len(s.window.heap)
}

// take sends a batch, or puts it into the window. Without a window nothing
// points into the batch afterwards.
func (s *sender) take(ctx context.Context, b *batch) error {
	if b.unit != s.unit {
		if err := s.drain(ctx); err != nil {
			return err
		}
		s.unit, s.copies = b.unit, make(map[uuid.UUID]struct{})
	}
	for _, what := range b.unreadable {
		s.report.unreadable(what)
	}
	s.report.Unfinished += b.unfinished
	for i := range b.items {
		if err := s.item(ctx, &b.items[i]); err != nil {
			return err
		}
	}
	return s.send(ctx)
}

// item counts what is not sent, and queues the rest.
func (s *sender) item(ctx context.Context, it *refined) error {
	switch {
	case it.refusal != nil:
		return s.refuse(ctx, it)
	case it.filtered:
		count := s.report.of(it.kind)
		count.Read++
		count.Filtered++
		s.report.Read++
		s.report.Filtered++
		return nil
	case s.window == nil:
		return s.queue(ctx, it)
	}
	for s.window.full() {
		if err := s.queue(ctx, s.window.pop()); err != nil {
			return err
		}
	}
	s.window.push(it)
	return nil
}

func (s *sender) refuse(ctx context.Context, it *refined) error {
	if err := s.sink.Refuse(ctx, *it.refusal); err != nil {
		return fmt.Errorf("quarantine %s, line %d: %w", it.refusal.Source, it.refusal.Line, err)
	}
	count := s.report.of(it.kind)
	count.Read++
	count.Quarantined++
	s.report.Read++
	s.report.Quarantined++
	s.report.refused(Refusal{
		File: it.refusal.Source, Line: it.refusal.Line, Type: it.kind, ID: it.id,
		Reason: it.refusal.Reason, Findings: it.refusal.Findings,
	})
	return nil
}

// drain sends what waits.
func (s *sender) drain(ctx context.Context) error {
	for s.window != nil && len(s.window.heap) > 0 {
		if err := s.queue(ctx, s.window.pop()); err != nil {
			return err
		}
	}
	return s.send(ctx)
}

// queue puts a record into the group that is sent next. When it is not due
// yet, the group is sent first.
func (s *sender) queue(ctx context.Context, it *refined) error {
	if s.pace != nil {
		wait := s.pace.wait(it.ms)
		if wait > 0 || len(s.group) >= sendAtOnce {
			if err := s.send(ctx); err != nil {
				return err
			}
		}
		if wait > 0 {
			if err := s.sleep(ctx, wait); err != nil {
				return err
			}
		}
	}
	s.group = append(s.group, it)
	return nil
}

// send hands the group to the sink.
func (s *sender) send(ctx context.Context) error {
	if len(s.group) == 0 {
		return nil
	}
	s.cleans, s.files, s.again.used = s.cleans[:0], s.files[:0], 0
	for _, it := range s.group {
		if it.json != nil {
			t := s.again.tape()
			if err := t.Parse(it.json); err != nil {
				return fmt.Errorf("read a record again: %w", err)
			}
			it.clean, _ = s.gate.Record(t)
		}
		s.cleans, s.files = append(s.cleans, it.clean), append(s.files, it.file)
	}
	answer, err := s.sink.Send(ctx, s.cleans, s.files)
	s.tally(&answer)
	if last := s.group[len(s.group)-1]; err == nil && s.window == nil {
		s.at.File, s.at.Offset = last.file, last.end
	}
	clear(s.group)
	s.group = s.group[:0]
	return err
}

// tally counts what became of the group.
func (s *sender) tally(answer *Answer) {
	rep := s.report
	for _, it := range s.group {
		count := rep.of(it.kind)
		count.Read++
		count.Sent++
		if it.upcast {
			rep.Upcast++
		}
		if it.redacted {
			rep.Redacted++
		}
		if _, counted := s.copies[it.second]; it.marked && !counted {
			s.copies[it.second] = struct{}{}
			rep.Marked++
		}
	}
	rep.Read += int64(len(s.group))
	rep.Sent += int64(len(s.group))
	rep.New += int64(answer.New)
	rep.Duplicate += int64(answer.Duplicate)
	rep.Conflict += int64(answer.Conflict)
	rep.Erased += int64(answer.Erased)
	rep.Failed += int64(answer.Failed)
	rep.Rejected += int64(len(answer.Rejected))
	for _, i := range answer.Replaced {
		rep.Replaced++
		rep.of(s.group[i].kind).Replaced++
	}
	for i, outcome := range answer.Outcomes {
		count := rep.of(s.group[i].kind)
		switch outcome {
		case lake.New:
			count.New++
		case lake.Duplicate:
			count.Duplicate++
		case lake.Conflict:
			count.Conflict++
		case lake.Erased:
			count.Erased++
		case lake.NotStored:
		}
	}
	for _, r := range answer.Rejected {
		ref := Refusal{Reason: "refused by the receiver: " + r.Reason}
		if r.Index >= 0 {
			it := s.group[r.Index]
			ref.File, ref.Line, ref.Type = it.file, it.line, it.kind
		}
		rep.of(ref.Type).Rejected++
		rep.refused(ref)
	}
}
