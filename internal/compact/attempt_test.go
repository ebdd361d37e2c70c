package compact

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// calls makes a file that is large enough to be believed.
func calls(day string, from, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(call(fmt.Sprint(from+i), day, fmt.Sprintf("%02d", i%24), "t", `,"x":"`+strings.Repeat("x", keptFile/n)+`"`) + "\n")
	}
	return b.String()
}

// The folder of a large file is believed, and the file is known afterwards.
func TestBelieved(t *testing.T) {
	l := newTestLake(t)
	l.put(folder(t, monday)+"/a.jsonl", calls(monday, 0, 100))
	l.put(folder(t, tuesday)+"/b.jsonl", calls(tuesday, 100, 100))
	plans, err := planDays(t.Context(), l.Lake, dayRange(time.Time{}, time.Time{}), true)
	if err != nil || len(plans) != 2 || !believing(plans[0]) || !believing(plans[1]) {
		t.Fatal(plans, err)
	}
	if r := l.run(Options{}); r.Written != 2 || r.Rows != 200 {
		t.Errorf("%+v", r)
	}
	for _, exact := range []bool{true, false} {
		plans, err = planDays(t.Context(), l.Lake, dayRange(time.Time{}, time.Time{}), !exact)
		if err != nil || len(plans) != 2 || believing(plans[0]) || believing(plans[1]) || plans[0].action() != Unchanged || plans[1].inputs[0].foreign.total != 100 {
			t.Error(plans, err)
		}
	}
	if d, err := l.verify(); err != nil {
		t.Error(d, err)
	}
}

// A file with records of another day than its folder's: they are found, also
// when their day was compacted without them.
func TestBelievedInVain(t *testing.T) {
	for _, jobs := range []int{1, 2} {
		l := newTestLake(t)
		l.put(folder(t, monday)+"/a.jsonl", calls(monday, 0, 100))
		l.put(folder(t, tuesday)+"/b.jsonl", calls(tuesday, 100, 100)+call("stray", monday, "23", "t", "")+"\n")
		l.put(folder(t, "2026-11-25")+"/c.jsonl", calls("2026-11-25", 200, 100))
		r := l.run(Options{Jobs: jobs})
		if r.Written != 3 || r.Rows != 301 || r.Days[0].Rows != 101 || r.Days[0].Inputs != 2 || r.Days[1].Rows != 100 || r.Days[2].Rows != 100 {
			t.Errorf("%+v", r)
		}
		if got := l.records(lake.Filter{ID: "stray"}); len(got) != 1 {
			t.Error(got)
		}
		if r := l.run(Options{}); r.Unchanged != 3 {
			t.Errorf("%+v", r)
		}
		if d, err := l.verify(); err != nil {
			t.Error(d, err)
		}
	}
}

// Where a day fails before a file was read, its strays are found as well.
func TestBelievedBesideDamage(t *testing.T) {
	l := newTestLake(t)
	l.put(folder(t, monday)+"/a.jsonl", calls(monday, 0, 100))
	l.put(folder(t, tuesday)+"/a.jsonl", calls(tuesday, 100, 100)+"{]\n")
	l.put(folder(t, tuesday)+"/b.jsonl", calls(tuesday, 200, 100)+call("stray", monday, "23", "t", "")+"\n")
	r, err := Run(t.Context(), l.Lake, Options{Jobs: 1})
	if tpe.CodeOf(err) != tpe.Invalid || r.Failed != 1 || r.Written != 1 || r.Days[0].Rows != 101 {
		t.Errorf("%+v, %v", r, err)
	}
}
