package compact

import (
	"bytes"
	"encoding/json"
	"testing"
)

// The document that is written a day at a time is that of the whole report.
func TestReportJSON(t *testing.T) {
	for _, days := range [][]DayReport{{}, {{Day: 1, New: []string{`a"days":[]`}, Files: []string{}}}, {{Day: 1, Files: []string{}}, {Day: 2, Files: []string{"x"}}}} {
		r := Report{DryRun: true, Days: days, Records: 7, Statements: []string{`SELECT "days":[] <> 1`}}
		var got, want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(r); err != nil {
			t.Fatal(err)
		}
		if err := r.JSON(&got); err != nil || got.String() != want.String() {
			t.Errorf("%v\n%s\n%s", err, got.String(), want.String())
		}
	}
}
