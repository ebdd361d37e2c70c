package main

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	r := &result{Name: "sort", About: "put in order"}
	for _, v := range []float64{3000, 1000, 2000} {
		r.Table.add("ours", "items/s", v)
		r.Table.add("theirs", "items/s", 500)
	}
	r.Table.add("ours", "peak MB", 12.345)
	r.figure("ours/theirs", r.Table.get("ours", "items/s").over(r.Table.get("theirs", "items/s")))
	r.figure("nothing", nil)
	r.note("all of it")
	var b strings.Builder
	r.print(&b)
	want := `
sort: put in order
case    items/s                peak MB
ours    2,000 (1,000..3,000)  12.3
theirs  500                    -
all of it
FIGURE sort ours/theirs=4(2..6)
`
	if got := strings.Join(strings.Fields(b.String()), " "); got != strings.Join(strings.Fields(want), " ") {
		t.Errorf("got %s", b.String())
	}
	text, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(text), `"ours":{"items/s":[3000,1000,2000],"peak MB":[12.345]}`) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 7: "7", 0.934: "0.93", 12.34: "12.3", 123.4: "123", 1234567.8: "1,234,568", -4321: "-4,321", 999.6: "1,000"} {
		if got := grouped(v); got != want {
			t.Errorf("%v is shown as %s, want %s", v, got, want)
		}
	}
}
