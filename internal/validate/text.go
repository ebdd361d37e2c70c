package validate

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Format is a way to report.
type Format string

// The formats.
const (
	Text   Format = "text"
	JSON   Format = "json"
	SARIF  Format = "sarif"
	JUnit  Format = "junit"
	GitHub Format = "github"
)

// Formats lists them for help and errors.
func Formats() []Format { return []Format{Text, JSON, SARIF, JUnit, GitHub} }

// NewReporter returns the reporter for a format. At most maxFaults faults
// are shown, 0 means no limit; SARIF and GitHub have limits of their own,
// because their readers refuse more.
func NewReporter(format Format, w io.Writer, maxFaults int64, version string) Reporter {
	switch format {
	case JSON:
		return &jsonReporter{enc: json.NewEncoder(w), max: maxFaults}
	case SARIF:
		return &sarifReporter{w: w, max: limit(maxFaults, maxSARIF), version: version}
	case JUnit:
		return &junitReporter{w: w, max: limit(maxFaults, maxJUnit)}
	case GitHub:
		return &githubReporter{w: w, max: limit(maxFaults, maxGitHub)}
	default:
		return &textReporter{w: w, max: maxFaults}
	}
}

// limit returns the smaller of what the user asks for and what the readers
// of a format take.
func limit(asked, most int64) int64 {
	if asked == 0 || asked > most {
		return most
	}
	return asked
}

// textReporter writes one line a fault, as compilers do.
type textReporter struct {
	w     io.Writer
	max   int64
	shown int64
}

func (r *textReporter) File(string) error { return nil }

func (r *textReporter) Fault(f *Fault) error {
	if r.max > 0 && r.shown == r.max {
		return nil
	}
	r.shown++
	_, err := fmt.Fprintf(r.w, "%s:%d:%d: %s\n", f.File, f.Line, f.Column, f.text())
	return err
}

// text is the fault without its place in the file.
func (f *Fault) text() string {
	var b strings.Builder
	if f.Pointer != "" {
		b.WriteString(f.Pointer)
		b.WriteString(": ")
	}
	b.WriteString(f.Message)
	fmt.Fprintf(&b, " [%s]", f.Rule)
	return b.String()
}

func (r *textReporter) Close(s *Summary) error {
	if s.Faults > r.shown {
		if _, err := fmt.Fprintf(r.w, "... and %d more faults (--max-findings 0 shows all)\n", s.Faults-r.shown); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(r.w, s.String())
	return err
}

// String is the summary in one line.
func (s *Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s in %s", plural(s.Records, "record"), plural(s.Files, "file"))
	switch {
	case s.Records == 0:
	case s.Invalid == 0:
		b.WriteString(": all valid")
	default:
		b.WriteString(": ")
		fmt.Fprintf(&b, "%d valid, %d not valid (%s)", s.Valid, s.Invalid, plural(s.Faults, "fault"))
	}
	if s.Upcast > 0 {
		fmt.Fprintf(&b, ", %d upcast first", s.Upcast)
	}
	if s.Unreadable > 0 {
		fmt.Fprintf(&b, ", %s unreadable", plural(s.Unreadable, "file"))
	}
	return b.String()
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// jsonReporter writes one object a line: faults, then the summary.
type jsonReporter struct {
	enc   *json.Encoder
	max   int64
	shown int64
}

func (r *jsonReporter) File(string) error { return nil }

func (r *jsonReporter) Fault(f *Fault) error {
	if r.max > 0 && r.shown == r.max {
		return nil
	}
	r.shown++
	return r.enc.Encode(struct {
		Type string `json:"type"`
		*Fault
	}{"fault", f})
}

func (r *jsonReporter) Close(s *Summary) error {
	return r.enc.Encode(struct {
		Type string `json:"type"`
		*Summary
		Shown int64 `json:"faults_shown"`
	}{"summary", s, r.shown})
}
