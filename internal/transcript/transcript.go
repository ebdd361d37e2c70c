// Package transcript reads what was said in a recording: WebVTT, SubRip and
// plain text with speaker labels become turns of speakers, with times where
// the file has them.
//
// It is pure: bytes in, turns out. It must never guess a time or a speaker
// that the file does not tell, and never drop words without a note.
package transcript

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// MaxBytes is the size of the largest transcript that is read: a thousand
// hours of speech.
const MaxBytes = 64 << 20

// Format is a form of transcript.
type Format string

// The formats, named as people name them.
const (
	WebVTT Format = "webvtt"
	SubRip Format = "subrip"
	Plain  Format = "plain"
)

// MediaType returns the media type of a format.
func (f Format) MediaType() string {
	switch f {
	case WebVTT:
		return "text/vtt"
	case SubRip:
		return "application/x-subrip"
	default:
		return "text/plain"
	}
}

// Turn is what one speaker says until another one speaks.
type Turn struct {
	// Speaker is the name as the file writes it, empty when it names nobody.
	Speaker string
	// Start and End count from the beginning of the recording. They say
	// something only when Timed is set.
	Start, End time.Duration
	Timed      bool
	Text       string // one line, never empty
}

// turnJSON is the form of a turn in JSON: whole milliseconds, absent when the
// file has no times.
type turnJSON struct {
	Speaker string `json:"speaker,omitempty"`
	StartMS *int64 `json:"start_ms,omitempty"`
	EndMS   *int64 `json:"end_ms,omitempty"`
	Text    string `json:"text"`
}

// MarshalJSON writes speaker, start_ms, end_ms and text.
func (t Turn) MarshalJSON() ([]byte, error) {
	out := turnJSON{Speaker: t.Speaker, Text: t.Text}
	if t.Timed {
		start, end := t.Start.Milliseconds(), t.End.Milliseconds()
		out.StartMS, out.EndMS = &start, &end
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *Turn) UnmarshalJSON(b []byte) error {
	var in turnJSON
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*t = Turn{Speaker: in.Speaker, Text: in.Text}
	if in.StartMS != nil && in.EndMS != nil {
		t.Timed = true
		t.Start, t.End = time.Duration(*in.StartMS)*time.Millisecond, time.Duration(*in.EndMS)*time.Millisecond
	}
	return nil
}

// Fault is a place in the file that is not as its format demands.
type Fault struct {
	Line    int    `json:"line"` // from 1
	Message string `json:"message"`
}

func (f Fault) String() string { return fmt.Sprintf("line %d: %s", f.Line, f.Message) }

// Transcript is a file that has been read.
type Transcript struct {
	Format Format `json:"format"`
	Turns  []Turn `json:"turns"`
	// Notes are the faults that were read over, with what was made of them;
	// the first hundred.
	Notes []Fault `json:"notes,omitempty"`
}

// Duration is the end of the last timed turn, zero without times.
func (t Transcript) Duration() time.Duration {
	var last time.Duration
	for _, turn := range t.Turns {
		last = max(last, turn.End)
	}
	return last
}

// Text writes the turns as plain text that Parse reads again: a line a turn.
func (t Transcript) Text() string {
	var b strings.Builder
	for _, turn := range t.Turns {
		if turn.Speaker != "" {
			b.WriteString(turn.Speaker + ": ")
		}
		b.WriteString(turn.Text + "\n")
	}
	return b.String()
}

// Parse reads a transcript, whose format it finds out by the content. Byte
// order marks, UTF-16 (with a mark), Windows-1252, and line ends of any kind
// are taken. The error is a *tpe.Error: Unsupported for what is no text,
// TooLarge, or Invalid with a line of message for each line that cannot be
// read.
func Parse(data []byte) (Transcript, error) {
	if len(data) > MaxBytes {
		return Transcript{}, tpe.Errorf(tpe.TooLarge, "a transcript of %d bytes: at most %d are read", len(data), MaxBytes)
	}
	format, ok := Detect(data)
	if !ok {
		return Transcript{}, &tpe.Error{Code: tpe.Unsupported, Message: "the file is no text: a transcript is WebVTT, SubRip or plain text", Hint: "export the transcript as .vtt, .srt or .txt"}
	}
	p := &parser{lines: splitLines(decode(data))}
	var turns []Turn
	switch format {
	case WebVTT:
		turns = p.joinCues(p.webVTT())
	case SubRip:
		turns = p.joinCues(p.subRip())
	default:
		turns = p.plain()
	}
	if len(turns) == 0 && len(p.faults) == 0 {
		p.fault(1, "the transcript holds no words")
	}
	if len(p.faults) > 0 {
		return Transcript{}, &tpe.Error{Code: tpe.Invalid, Message: p.message(format), Hint: "correct the lines named, or export the transcript again"}
	}
	return Transcript{Format: format, Turns: turns, Notes: p.notes}, nil
}

// parser holds the lines of a file and what is wrong with them.
type parser struct {
	lines  []string
	faults []Fault // what ends in an error
	notes  []Fault // what is read over
}

const mostFaults, mostNotes = 20, 100

func (p *parser) fault(line int, format string, args ...any) {
	if len(p.faults) < mostFaults {
		p.faults = append(p.faults, Fault{line, fmt.Sprintf(format, args...)})
	}
}

func (p *parser) note(line int, format string, args ...any) {
	if len(p.notes) < mostNotes {
		p.notes = append(p.notes, Fault{line, fmt.Sprintf(format, args...)})
	}
}

func (p *parser) message(format Format) string {
	lines := make([]string, 0, len(p.faults))
	for _, f := range p.faults {
		lines = append(lines, f.String())
	}
	return "read " + string(format) + " transcript: " + strings.Join(lines, "\n")
}

// splitLines cuts at LF, CR LF and CR.
func splitLines(text string) []string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n")
}

// startsWord reports whether b begins with the word and a space or its end.
func startsWord(b []byte, word string) bool {
	rest, ok := bytes.CutPrefix(b, []byte(word))
	return ok && (len(rest) == 0 || bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0)
}
