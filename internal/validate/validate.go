// Package validate checks records on disk against the contract and reports
// every fault with its place. It reads in order, checks on several cores and
// keeps memory bounded, whatever the input. It never changes a record and
// never prints a value that a fault is about at length, nor a credential.
package validate

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
	"github.com/power100/tpe/internal/upcast"
)

// Options says what to check and how.
type Options struct {
	Set     *schema.Set
	Strict  bool // a type without a schema of its own is a fault
	Upcast  bool // records of the old service are turned first, as replay does
	Workers int  // cores to use; 0 means 1
	Limits  source.Options
}

// faultsPerRecord bounds what one record can report.
const faultsPerRecord = 100

// faultsPerChunk bounds the faults that a chunk keeps for the reporter. All
// of them are counted.
const faultsPerChunk = 5000

// Fault is one thing that is wrong, and where.
type Fault struct {
	File    string `json:"file"`
	Line    int    `json:"line"`    // from 1
	Column  int    `json:"column"`  // in characters, from 1
	Pointer string `json:"pointer"` // RFC 6901, in the record
	Rule    string `json:"rule"`    // the keyword of the contract, or what kind of fault
	Message string `json:"message"` // what is wrong and what is allowed
	ID      string `json:"interaction_id,omitempty"`
}

// Summary counts what was checked.
type Summary struct {
	Files   int64 `json:"files"`
	Records int64 `json:"records"`
	Valid   int64 `json:"valid"`
	Invalid int64 `json:"invalid"`
	Faults  int64 `json:"faults"`
	Upcast  int64 `json:"upcast"` // records that were turned before the check
	// Unreadable counts the files that could not be opened or read.
	Unreadable int64 `json:"unreadable"`
}

// Reporter receives faults in the order of the input.
type Reporter interface {
	// File begins a file.
	File(name string) error
	// Fault reports one fault of the latest file.
	Fault(f *Fault) error
	// Close ends the report. The summary holds the true totals.
	Close(s *Summary) error
}

// Input is what to check: files, or one stream.
type Input struct {
	Files  func(func(source.File, error) bool) // from source.Find
	Stream io.Reader
	Name   string // of the stream
}

// Run checks the input and reports to r. The error is about reading or
// reporting; faults of records are in the summary alone. A file that cannot
// be read is reported, counted, and does not end the run.
func Run(ctx context.Context, in Input, opts Options, r Reporter) (Summary, error) {
	var sum Summary
	rd := source.NewReader(opts.Limits)
	file := ""
	begin := func(name string) error {
		if sum.Files > 0 && name == file {
			return nil
		}
		file = name
		sum.Files++
		return r.File(name)
	}
	chunks := func(yield func(*source.Chunk) bool) {
		if in.Stream != nil {
			rd.Chunks(ctx, source.Interruptible(ctx, in.Stream), in.Name)(yield)
			return
		}
		for f, err := range in.Files {
			if err != nil {
				if !yield(source.Missed(f, err)) {
					return
				}
				continue
			}
			for c := range rd.FileChunks(ctx, f) {
				if !yield(c) {
					return
				}
			}
		}
	}
	gate := redact.New(redact.Options{})
	err := source.Each(ctx, chunks, max(1, opts.Workers),
		func() func(*source.Chunk) *result { return (&checker{opts: opts, gate: gate}).check },
		func(res *result) error {
			if err := begin(res.file); err != nil {
				return err
			}
			sum.add(&res.sum)
			for i := range res.faults {
				if err := r.Fault(&res.faults[i]); err != nil {
					return err
				}
			}
			return nil
		})
	if err != nil {
		return sum, err
	}
	return sum, r.Close(&sum)
}

func (s *Summary) add(o *Summary) {
	s.Records += o.Records
	s.Valid += o.Valid
	s.Invalid += o.Invalid
	s.Faults += o.Faults
	s.Upcast += o.Upcast
	s.Unreadable += o.Unreadable
}

// result is what one chunk came to.
type result struct {
	file   string
	sum    Summary
	faults []Fault
}

// checker checks chunks, one after the other.
type checker struct {
	opts   Options
	gate   *redact.Gate
	tape   tape.Tape
	turned tape.Tape
	buf    []byte
}

func (c *checker) check(chunk *source.Chunk) *result {
	res := &result{file: chunk.File}
	for it := range chunk.Items() {
		c.item(res, &it)
	}
	return res
}

func (c *checker) item(res *result, it *source.Item) {
	if it.Err != nil && it.Err.Kind == source.Unreadable {
		res.sum.Unreadable++
		res.fault(Fault{File: it.File, Line: it.Line, Column: 1, Rule: "unreadable", Message: it.Err.Error()})
		return
	}
	res.sum.Records++
	before := res.sum.Faults
	if it.Err != nil {
		res.fault(Fault{File: it.File, Line: it.Line, Column: 1, Rule: it.Err.Kind.String(), Message: it.Err.Error()})
	} else {
		c.record(res, it)
	}
	if res.sum.Faults > before {
		res.sum.Invalid++
	} else {
		res.sum.Valid++
	}
}

func (c *checker) record(res *result, it *source.Item) {
	t := &c.tape
	if err := t.Parse(it.Data); err != nil {
		f := Fault{File: it.File, Rule: "syntax", Message: c.clean(err.Error())}
		if se, ok := err.(*tape.SyntaxError); ok { //nolint:errorlint // Parse returns it as it is
			f.Line, f.Column = position(it, se.Offset)
			f.Message = c.clean(se.Msg)
		}
		res.fault(f)
		return
	}
	checked, moved := t, false
	if c.opts.Upcast && upcast.Needed(t) {
		res.sum.Upcast++
		var err error
		if c.buf, _, err = upcast.Record(c.buf[:0], t); err == nil {
			err = c.turned.Parse(c.buf)
		}
		if err != nil {
			res.fault(Fault{File: it.File, Line: it.Line, Column: 1, Rule: "upcast", Message: c.clean(err.Error()), ID: c.clean(idOf(t))})
			return
		}
		checked, moved = &c.turned, true
	}
	found := c.opts.Set.Check(checked, schema.Check{Strict: c.opts.Strict, Max: faultsPerRecord})
	if len(found) == 0 {
		return
	}
	id, from := c.clean(idOf(t)), len(res.faults)
	for i := range found {
		f := Fault{File: it.File, Line: it.Line, Column: 1, Pointer: found[i].Pointer, Rule: found[i].Rule, Message: found[i].Message, ID: id}
		offset := found[i].Offset
		if moved {
			// The record changed its shape: point at the same place in the
			// original, where there is one.
			offset = -1
			if n, ok := t.Lookup(f.Pointer); ok {
				offset = int(t.Nodes[n].Start)
			}
		}
		if offset >= 0 {
			f.Line, f.Column = position(it, offset)
		}
		res.fault(f)
	}
	if kept := res.faults[from:]; len(kept) > 0 {
		c.retell(kept, checked)
	}
}

// retell takes credentials out of the faults of a record: what they say of its
// values is said of the record as it is after the gate, which changes t.
func (c *checker) retell(faults []Fault, t *tape.Tape) {
	if _, removed := c.gate.Record(t); len(removed) == 0 {
		return
	}
	clean := c.opts.Set.Check(t, schema.Check{Strict: c.opts.Strict, Max: faultsPerRecord})
	for i := range faults {
		f := &faults[i]
		same := func(o schema.Finding) bool { return o.Pointer == f.Pointer && o.Rule == f.Rule }
		if at := slices.IndexFunc(clean, same); at >= 0 {
			f.Message = clean[at].Message
			clean = slices.Delete(clean, at, at+1)
		} else {
			f.Message = "does not fit the schema; more would show what looks like a credential"
		}
		f.Pointer = c.clean(f.Pointer)
	}
}

// clean takes credentials out of a text.
func (c *checker) clean(text string) string { return string(c.gate.AppendText(nil, []byte(text))) }

// fault counts f and keeps it when there is room.
func (r *result) fault(f Fault) {
	r.sum.Faults++
	if len(r.faults) < faultsPerChunk {
		r.faults = append(r.faults, f)
	}
}

// idOf returns the record's id when it has one of a sane length.
func idOf(t *tape.Tape) string {
	if n, ok := t.Find("interaction_id"); ok && t.Kind(n) == tape.KindString {
		if b := t.Bytes(n); len(b) <= 64 {
			return string(b)
		}
	}
	return ""
}

// position turns an offset in a record into line and column of its file.
func position(it *source.Item, offset int) (line, column int) {
	before := it.Data[:min(offset, len(it.Data))]
	line = it.Line + bytes.Count(before, []byte{'\n'})
	start := bytes.LastIndexByte(before, '\n') + 1
	return line, utf8.RuneCount(before[start:]) + 1
}

// Err returns the error that the summary amounts to: nothing to check,
// something unreadable, or faults.
func (s *Summary) Err() error {
	switch {
	case s.Unreadable > 0:
		return &tpe.Error{Code: tpe.Unavailable, Message: fmt.Sprintf("%d of %d files could not be read", s.Unreadable, s.Files), Hint: "the report names each; check that they exist and may be read"}
	case s.Invalid > 0:
		return &tpe.Error{Code: tpe.Invalid, Message: fmt.Sprintf("%d of %d records are not valid", s.Invalid, s.Records)}
	case s.Records == 0:
		return &tpe.Error{Code: tpe.NotFound, Message: "no record found", Hint: "give a lake, a folder or a file with .ndjson, .jsonl or .json records"}
	default:
		return nil
	}
}
