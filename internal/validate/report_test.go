package validate

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// write reports n faults in files files, and returns the report.
func write(t *testing.T, format Format, n, files int, maxFaults int64) string {
	t.Helper()
	var out bytes.Buffer
	r := NewReporter(format, &out, maxFaults, "1.2.3")
	sum := &Summary{}
	for f := range files {
		name := fmt.Sprintf("raw/day=%02d/a b,%%: \"<é>\x01.ndjson", f)
		if err := r.File(name); err != nil {
			t.Fatal(err)
		}
		sum.Files++
		for i := f; i < n; i += files {
			sum.Faults++
			sum.Invalid++
			sum.Records++
			err := r.Fault(&Fault{File: name, Line: i + 1, Column: 7, Pointer: "/user_id", Rule: "type", Message: "must be a string\nnot 50% <number> ]]>", ID: "id-1"})
			if err != nil {
				t.Fatal(err)
			}
		}
		sum.Records += 10
		sum.Valid += 10
	}
	if err := r.Close(sum); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestSARIFPassesThePublishedSchema(t *testing.T) {
	file, err := os.Open("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	doc, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	sch, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, maxSARIF, maxSARIF + 500} {
		out := write(t, SARIF, n, 3, 0)
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if err := sch.Validate(v); err != nil {
			t.Fatalf("%d faults: %v", n, err)
		}
		var log sarifLog
		if err := json.Unmarshal([]byte(out), &log); err != nil {
			t.Fatal(err)
		}
		run := log.Runs[0]
		if len(run.Results) != min(n, maxSARIF) {
			t.Errorf("%d faults: %d results", n, len(run.Results))
		}
		if told := strings.Contains(out, fmt.Sprintf("%d faults", n)) && len(run.Invocations[0].Notifications) == 1; told != (n > maxSARIF) {
			t.Errorf("%d faults: the true total is told: %v", n, told)
		}
		for _, res := range run.Results {
			if run.Tool.Driver.Rules[res.RuleIndex].ID != res.RuleID {
				t.Fatal("a result points at another rule")
			}
		}
	}
}

func TestJUnitIsReadByAnotherTool(t *testing.T) {
	for _, n := range []int{0, 1, 7, maxJUnit + 10} {
		out := write(t, JUnit, n, 4, 0)
		suites, err := junit.Ingest([]byte(out))
		if err != nil {
			t.Fatalf("%v in %.400s", err, out)
		}
		failed := min(n, 4)
		if got := suites[0].Totals; got.Tests != 4 || got.Failed != failed || got.Passed != 4-failed {
			t.Errorf("%d faults: %+v", n, got)
		}
		if n > 0 && !strings.Contains(out, fmt.Sprintf(`value="%d"`, n)) {
			t.Errorf("%d faults: the true total is missing", n)
		}
		if err := xml.Unmarshal([]byte(out), new(junitSuites)); err != nil {
			t.Error(err)
		}
		if lines := strings.Count(out, "must be a string"); lines > maxJUnit+8 {
			t.Errorf("%d faults listed", lines)
		}
	}
	// Many files: those without faults are not all listed, the totals hold.
	out := write(t, JUnit, 0, maxJUnitFiles+5, 0)
	if got := strings.Count(out, "<testcase"); got != maxJUnitFiles || !strings.Contains(out, fmt.Sprintf(`tests="%d"`, maxJUnitFiles+5)) {
		t.Errorf("%d cases", got)
	}
}

func TestGitHubShowsTenAtMost(t *testing.T) {
	for _, n := range []int{0, 1, 10, 11, 5000} {
		out := write(t, GitHub, n, 2, 0)
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if n == 0 {
			if out != "" {
				t.Errorf("no fault, and %q", out)
			}
			continue
		}
		if len(lines) != min(n, 10) {
			t.Errorf("%d faults: %d annotations", n, len(lines))
		}
		for _, l := range lines {
			if !strings.HasPrefix(l, "::error ") {
				t.Errorf("not an annotation: %q", l)
			}
		}
		if told := strings.Contains(lines[len(lines)-1], fmt.Sprintf("(%d faults)", n)); told != (n > 10) {
			t.Errorf("%d faults: the true total is told: %v", n, told)
		}
		if want := "file=raw/day=00/a b%2C%25%3A \"<é>\x01.ndjson,line=1,col=7,title=tpe validate%3A type::/user_id: must be a string%0Anot 50%25 <number> ]]> [type]"; lines[0] != "::error "+want {
			t.Errorf("%q", lines[0])
		}
	}
	if out := write(t, GitHub, 5, 2, 1); strings.Count(out, "\n") != 2 || !strings.Contains(out, "must be a string") || !strings.Contains(out, "(5 faults). The first 1 fault is shown.") {
		t.Errorf("one of five: %q", out)
	}
}

func TestTextAndJSON(t *testing.T) {
	out := write(t, Text, 30, 2, 5)
	if got := strings.Count(out, "/user_id: "); got != 5 || !strings.Contains(out, "... and 25 more faults") || !strings.HasSuffix(out, "50 records in 2 files: 20 valid, 30 not valid (30 faults)\n") {
		t.Error(out)
	}
	if out := write(t, Text, 0, 1, 5); out != "10 records in 1 file: all valid\n" {
		t.Error(out)
	}
	dec := json.NewDecoder(strings.NewReader(write(t, JSON, 3, 2, 2)))
	var types []string
	for dec.More() {
		var v struct {
			Type   string
			Faults int
			Shown  int `json:"faults_shown"`
			Line   int
		}
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		types = append(types, v.Type)
		if v.Type == "summary" && (v.Faults != 3 || v.Shown != 2) {
			t.Error(v)
		}
	}
	if got := strings.Join(types, " "); got != "fault fault summary" {
		t.Error(got)
	}
}
