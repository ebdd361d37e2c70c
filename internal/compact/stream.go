package compact

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/compact/columns"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
	"github.com/power100/tpe/internal/upcast"
)

// stream turns the raw files of a day into its records: sorted, each content
// once. It is used for one day after the other and keeps its memory.
//
// Records of sealed segments are taken as they are. What comes from foreign
// files has not passed the door of the lake: it is upcast when an older
// service wrote it, second copies are marked, and all of it goes through the
// redaction gate.
type stream struct {
	gate   *redact.Gate
	reader *source.Reader
	sorter *sorter
	again  reread
	batch  batch
	tape   tape.Tape // of a record that is not sorted yet
	out    []byte    // scratch for records that are written anew

	read   func(bytes int64) // told when a file was read
	day    lake.Day
	inputs []input
	mixed  bool // some of the inputs are foreign
	old    bool // some of their records must be upcast
	twins  map[uuid.UUID]uuid.UUID

	last key      // of the records that are done
	seen []uint64 // contents of the records with the last key

	counts   []columns.Proof // of each input, duplicates included
	upcast   int64
	redacted int64 // records from which a credential was taken out
}

func newStream(gate *redact.Gate, memory int) *stream {
	return &stream{gate: gate, reader: source.NewReader(source.Options{}), sorter: newSorter(memory), read: func(int64) {}}
}

// errOld says that a foreign record must be upcast, which may change its
// place in the order: the day is begun again.
var errOld = errors.New("a record must be upcast")

// each calls do for the records of a day in their order. Temporary files go
// to dir. again is called before the records come from the start a second
// time. A record that cannot be read is an error of the code Invalid that
// names its file and line.
func (s *stream) each(ctx context.Context, day lake.Day, inputs []input, dir string, again func() error, do func(*record) error) error {
	s.day, s.inputs, s.old = day, inputs, false
	s.mixed = slices.ContainsFunc(inputs, func(in input) bool { return in.foreign != nil })
	err := s.pass(ctx, dir, do)
	if errors.Is(err, errOld) {
		if err = again(); err == nil {
			s.old = true
			err = s.pass(ctx, dir, do)
		}
	}
	s.sorter.reset(dir)
	s.again.close()
	for i := range inputs {
		if f := inputs[i].foreign; f != nil {
			f.kept = nil // the next days need the memory
		}
	}
	return err
}

// pass reads the inputs and calls do for their records in order.
func (s *stream) pass(ctx context.Context, dir string, do func(*record) error) error {
	s.sorter.reset(dir)
	s.again.begin(s.inputs, s.sorter.limit)
	s.counts = make([]columns.Proof, len(s.inputs))
	s.upcast, s.redacted, s.twins = 0, 0, nil
	s.batch.clear()
	s.last, s.seen = key{}, s.seen[:0]
	if err := s.fill(ctx); err != nil {
		return err
	}
	for it, err := range s.sorter.all() {
		if err == nil && s.batch.full(it.size) {
			err = s.finish(ctx, do)
		}
		if err == nil {
			err = s.gather(ctx, &it)
		}
		if err != nil {
			return cmp.Or(s.finish(ctx, do), err) // the records before it come first
		}
	}
	if err := s.finish(ctx, do); err != nil {
		return err
	}
	return s.again.check()
}

// gather parses a sorted record into the batch.
func (s *stream) gather(ctx context.Context, it *sorted) (err error) {
	stays := s.sorter.stays()
	if it.at != inBlock {
		stays = false
		if it.record, err = s.again.record(it); err != nil {
			return err
		}
	}
	if err := s.batch.add(it, stays); err != nil {
		return s.find(ctx, it.origin, err)
	}
	return nil
}

// finish makes the records of the batch ready and calls do for each content.
func (s *stream) finish(ctx context.Context, do func(*record) error) error {
	defer s.batch.clear()
	records := s.batch.records
	if s.mixed {
		for i := range records {
			if err := s.clean(&records[i]); err != nil {
				return err
			}
		}
	}
	for i := range records {
		records[i].hash = records[i].tape.ContentHash()
	}
	for i := range records {
		r := &records[i]
		s.counts[r.origin].Add(r.hash)
		if len(s.seen) == 0 || compareKeys(s.last, r.key) != 0 {
			s.last = key{append(s.last.typ[:0], r.typ...), r.ms, append(s.last.id[:0], r.id...)}
			s.seen = s.seen[:0]
		} else if slices.Contains(s.seen, r.hash) {
			continue
		}
		s.seen = append(s.seen, r.hash)
		if err := do(r); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// fill reads the inputs into the sorter.
func (s *stream) fill(ctx context.Context) error {
	var twins upcast.Twins
	i := -1
	for file, err := range opened(ctx, s.inputs) {
		if err != nil {
			return err
		}
		i++
		in := s.inputs[i]
		items := in.items(ctx, s.reader, file)
		if f := s.again.open(i, file); f != nil {
			items = s.reader.Items(ctx, f, file)
		}
		for it := range items {
			if it.Err != nil {
				return fault(in, it.Line, it.Err)
			}
			var err error
			if in.foreign != nil {
				err = s.addForeign(i, &it, &twins)
			} else {
				err = s.add(i, &it)
			}
			if err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		s.read(in.bytes)
	}
	if s.old {
		s.twins = twins.Pairs()
	}
	return nil
}

// add adds a record of a segment.
func (s *stream) add(origin int, it *source.Item) error {
	k, ok := peek(it.Data)
	return s.addKey(origin, it, k, ok)
}

// addKey adds a record as it lies in its file. k and ok are what peek makes
// of it.
func (s *stream) addKey(origin int, it *source.Item, k key, ok bool) error {
	if !ok {
		if err := parse(&s.tape, it.Data); err != nil {
			return damage(s.inputs[origin], it.Line, err.Error())
		}
		k = keyOf(&s.tape)
	}
	if s.again.has(origin) {
		return s.sorter.refer(k, it.Offset, len(it.Data), origin)
	}
	return s.sorter.add(k, it.Data, origin)
}

// addForeign adds a record of a foreign file when it lies on the day.
func (s *stream) addForeign(origin int, it *source.Item, twins *upcast.Twins) error {
	in := s.inputs[origin]
	k, ok := peek(it.Data)
	if in.foreign.dayOf(it.Data, k.ms, &s.tape) != s.day {
		if in.foreign.believed {
			return errStray
		}
		return nil
	}
	if !s.old {
		return s.addKey(origin, it, k, ok)
	}
	if err := parse(&s.tape, it.Data); err != nil {
		return damage(in, it.Line, err.Error())
	}
	twins.Add(&s.tape)
	data := it.Data
	if upcast.Needed(&s.tape) {
		out, rules, err := upcast.Record(s.out[:0], &s.tape)
		if err != nil {
			return damage(in, it.Line, err.Error())
		}
		if len(rules) > 0 {
			s.upcast++
		}
		s.out, data = out, out
		if err := parse(&s.tape, data); err != nil {
			return damage(in, it.Line, err.Error())
		}
	}
	return s.sorter.add(keyOf(&s.tape), data, origin)
}

// clean makes a record ready to be stored that may be from a foreign file.
func (s *stream) clean(r *record) error {
	if !s.old && s.inputs[r.origin].foreign != nil && upcast.Needed(r.tape) {
		return errOld
	}
	if len(s.twins) > 0 {
		if id, err := uuid.ParseBytes(r.id); err == nil {
			if first, ok := s.twins[id]; ok {
				if err := parse(r.tape, upcast.MarkDuplicate(nil, r.tape, first.String())); err != nil {
					return fmt.Errorf("mark second copy %s: %w", id, err)
				}
			}
		}
	}
	if _, removed := s.gate.Record(r.tape); len(removed) > 0 {
		s.redacted++
	}
	return nil
}

// parse puts a record on a tape. It must be an object.
func parse(t *tape.Tape, data []byte) error {
	if err := t.Parse(data); err != nil {
		return err
	}
	if t.Kind(0) != tape.KindObject {
		return errors.New("the record is no JSON object")
	}
	return nil
}

// find looks for the first record of an input that cannot be read. why is
// what is known of it.
func (s *stream) find(ctx context.Context, origin int, why error) error {
	in := s.inputs[origin]
	path, release, err := in.open(ctx)
	if err != nil {
		return err
	}
	defer release()
	for it := range in.items(ctx, s.reader, path) {
		if it.Err != nil {
			return fault(in, it.Line, it.Err)
		}
		if err := parse(&s.tape, it.Data); err != nil {
			return damage(in, it.Line, err.Error())
		}
	}
	return errors.Join(fmt.Errorf("read raw/%s: %w", in.name, why), ctx.Err())
}

// fault says why a raw file cannot be read on: the disk does not give it, or
// what it holds is no record.
func fault(in input, line int, f *source.Fault) error {
	if f.Kind == source.Unreadable {
		return &tpe.Error{Code: tpe.Unavailable, Message: "read raw/" + in.name, Err: f, Hint: "make the file readable, and run it again"}
	}
	return damage(in, line, f.Error())
}

// damage says that a place in a raw file is no record that can be compacted.
func damage(in input, line int, reason string) error {
	hint := "take the line out of the segment, or bring the segment back from a copy, and run it again"
	if in.foreign != nil {
		hint = "bring the file in with tpe replay, which puts what is no record into quarantine"
	}
	return &tpe.Error{Code: tpe.Invalid, Message: fmt.Sprintf("raw/%s:%d: %s", in.name, line, reason), Hint: hint}
}
