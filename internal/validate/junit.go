package validate

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// maxJUnit is the number of faults that a JUnit report holds: it must be
// held in memory, because its head has the totals.
const maxJUnit = 5000

// maxJUnitFiles is the number of files without faults that are listed.
const maxJUnitFiles = 1000

// junitReporter writes one test case a file, which fails when a record of it
// does.
type junitReporter struct {
	w      io.Writer
	max    int64
	kept   int64
	cases  []*junitCase
	now    *junitCase
	files  int64
	failed int64
	whole  bool // now is in cases
}

type junitSuites struct {
	XMLName  xml.Name   `xml:"testsuites"`
	Tests    int64      `xml:"tests,attr"`
	Failures int64      `xml:"failures,attr"`
	Suite    junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int64           `xml:"tests,attr"`
	Failures   int64           `xml:"failures,attr"`
	Errors     int64           `xml:"errors,attr"`
	Skipped    int64           `xml:"skipped,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []*junitCase    `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
	faults  int64
}

func (r *junitReporter) File(name string) error {
	r.files++
	r.now = &junitCase{Class: "tpe.validate", Name: xmlText(name), File: xmlText(name)}
	r.whole = len(r.cases) < maxJUnitFiles
	if r.whole {
		r.cases = append(r.cases, r.now)
	}
	return nil
}

func (r *junitReporter) Fault(f *Fault) error {
	fail := r.now.Failure
	if fail == nil {
		r.failed++
		fail = &junitFailure{Type: xmlText(f.Rule), Message: xmlText(f.text())}
		r.now.Failure = fail
		if !r.whole && r.kept < r.max {
			r.cases = append(r.cases, r.now)
		}
	}
	fail.faults++
	if r.kept < r.max {
		r.kept++
		fail.Text += xmlText(fmt.Sprintf("%s:%d:%d: %s\n", f.File, f.Line, f.Column, f.text()))
	}
	return nil
}

func (r *junitReporter) Close(s *Summary) error {
	for _, c := range r.cases {
		if c.Failure != nil && c.Failure.faults > 1 {
			c.Failure.Message = fmt.Sprintf("%d faults, the first: %s", c.Failure.faults, c.Failure.Message)
		}
	}
	out := junitSuites{Tests: r.files, Failures: r.failed, Suite: junitSuite{
		Name: "tpe validate", Tests: r.files, Failures: r.failed, Cases: r.cases,
		Properties: []junitProperty{{"summary", s.String()}, {"faults", fmt.Sprint(s.Faults)}, {"faults_shown", fmt.Sprint(r.kept)}},
	}}
	if _, err := io.WriteString(r.w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(r.w)
	enc.Indent("", "  ")
	if err := enc.Encode(out); err != nil {
		return err
	}
	_, err := io.WriteString(r.w, "\n")
	return err
}

// xmlText takes out what XML 1.0 cannot hold.
func xmlText(s string) string {
	return strings.Map(func(c rune) rune {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' || c >= 0xFFFE && c <= 0xFFFF {
			return '\uFFFD'
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
