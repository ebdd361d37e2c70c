package upcast

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// pairsOf finds the twins among records in the given order.
func pairsOf(t testing.TB, records []string) map[uuid.UUID]uuid.UUID {
	t.Helper()
	var twins Twins
	for _, record := range records {
		twins.Add(parse(t, record))
	}
	return twins.Pairs()
}

func TestTwinsOfTheSamples(t *testing.T) {
	records := lines(t, "legacy.ndjson")
	want := pairsOf(t, records)
	if len(want) == 0 {
		t.Fatal("the samples have no twins")
	}
	for range 50 {
		rand.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		if got := pairsOf(t, records); !maps.Equal(got, want) {
			t.Fatalf("another order gave other twins:\n%v\n%v", got, want)
		}
	}
	if got := pairsOf(t, append(records, records...)); !maps.Equal(got, want) {
		t.Error("records that were added twice changed the twins")
	}
}

// callAt is an old record of a call that ended at ms and took some time.
func callAt(id int, ms, took int64, path string) string {
	stamp := tpe.FormatTime(time.UnixMilli(1753693200000 + ms))
	return fmt.Sprintf(`{"interaction_id":"00000000-0000-4000-8000-%012d","timestamp":"%s","environment":"development","app_version":"1.0.0","user_type":"unknown",`+
		`"interaction_type":"api_call","method":"GET","path":"%s","query_params":{"format":"csv"},"request_body":{},"response_status":200,"response_time_ms":%d,"session_id":"%d"}`,
		id, stamp, path, took, id)
}

func TestTwinRules(t *testing.T) {
	type pair struct{ second, first int }
	tests := []struct {
		name    string
		records []string
		want    []pair
	}{
		{"the same call, a tick later", []string{callAt(1, 100, 20, "/a"), callAt(2, 101, 21, "/a")}, []pair{{2, 1}}},
		{"the copy was noted first", []string{callAt(1, 101, 21, "/a"), callAt(2, 100, 20, "/a")}, []pair{{1, 2}}},
		{"at the same time the smaller id is first", []string{callAt(7, 100, 20, "/a"), callAt(2, 100, 20, "/a")}, []pair{{7, 2}}},
		{"rounding", []string{callAt(1, 100, 20, "/a"), callAt(2, 108, 23, "/a")}, []pair{{2, 1}}},
		{"two calls that started apart", []string{callAt(1, 100, 20, "/a"), callAt(2, 106, 20, "/a")}, nil},
		{"two calls that ended apart", []string{callAt(1, 100, 20, "/a"), callAt(2, 351, 271, "/a")}, nil},
		{"other content", []string{callAt(1, 100, 20, "/a"), callAt(2, 100, 20, "/b")}, nil},
		{"an answer in CSV", []string{callAt(1, 100, 20, "/export/contractors"), callAt(2, 100, 20, "/export/contractors")}, nil},
		{"two calls in quick succession", []string{callAt(1, 100, 20, "/a"), callAt(2, 100, 20, "/a"), callAt(3, 103, 20, "/a"), callAt(4, 104, 21, "/a")}, []pair{{2, 1}, {4, 3}}},
		{"one copy is missing: the closest are twins", []string{callAt(1, 100, 20, "/a"), callAt(3, 103, 20, "/a"), callAt(4, 104, 21, "/a")}, []pair{{4, 3}}},
		{"the same record from two files", []string{callAt(1, 100, 20, "/a"), callAt(1, 100, 20, "/a")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := make(map[uuid.UUID]uuid.UUID)
			id := func(n int) uuid.UUID { return uuid.MustParse(fmt.Sprintf("00000000-0000-4000-8000-%012d", n)) }
			for _, p := range tt.want {
				want[id(p.second)] = id(p.first)
			}
			if got := pairsOf(t, tt.records); !maps.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestTwinsAcrossMidnight(t *testing.T) {
	var twins Twins
	twins.Add(parse(t, callAt(1, -5000, 3, "/a")))
	twins.Add(parse(t, callAt(2, -1, 3, "/a")))
	if got := twins.Pairs(); len(got) != 0 {
		t.Errorf("the first day has twins: %v", got)
	}
	twins.Add(parse(t, callAt(3, 0, 3, "/a")))
	got := twins.Pairs()
	if len(got) != 1 || got[uuid.MustParse("00000000-0000-4000-8000-000000000003")] != uuid.MustParse("00000000-0000-4000-8000-000000000002") {
		t.Errorf("the next day has %v", got)
	}
	if twins.Pairs(); len(twins.seen) != 0 {
		t.Errorf("%d calls are still remembered", len(twins.seen))
	}
}

func TestMayHaveTwin(t *testing.T) {
	for _, record := range lines(t, "legacy.ndjson") {
		var twins Twins
		if twins.Add(parse(t, record)); len(twins.seen) > 0 && !MayHaveTwin([]byte(record)) {
			t.Errorf("passed by: %s", record)
		}
	}
	if MayHaveTwin([]byte(modern(`"user_id":"7"`))) {
		t.Error("a page view may have a twin")
	}
}

// TestTwinsProperties makes calls at random, with and without their copies,
// and checks what holds whatever the order: no record is in two pairs, and
// every copy is found and nothing else.
func TestTwinsProperties(t *testing.T) {
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var records []string
		copies := make(map[int]bool)
		start := int64(0)
		for id := 1; id < 400; id += 2 {
			start += startTolerance + 1 + rnd.Int64N(20)
			took := rnd.Int64N(60)
			records = append(records, callAt(id, start+took, took, "/a"))
			if rnd.IntN(4) > 0 {
				took += rnd.Int64N(3)
				records = append(records, callAt(id+1, start+took, took, "/a"))
				copies[id+1] = true
			}
		}
		want := pairsOf(t, records)
		rnd.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
		got := pairsOf(t, records)
		if !maps.Equal(got, want) {
			t.Fatalf("seed %d: the order changed the twins", seed)
		}
		if len(got) != len(copies) {
			t.Errorf("seed %d: %d pairs, want %d", seed, len(got), len(copies))
		}
		used := make(map[uuid.UUID]bool)
		for second, first := range got {
			if used[second] || used[first] {
				t.Fatalf("seed %d: a record is in two pairs", seed)
			}
			used[second], used[first] = true, true
		}
	}
}

func TestMarkDuplicate(t *testing.T) {
	for _, record := range []string{`{"metadata":{"app_version":"1"}}`, `{"metadata":{"duplicate_of":"x"}}`, `{}`} {
		out := MarkDuplicate([]byte("-"), parse(t, record), testID)
		n, ok := parse(t, string(out[1:])).Find("metadata", "duplicate_of")
		if !ok || parse(t, string(out[1:])).Text(n) != testID {
			t.Errorf("%s became %s", record, out)
		}
	}
}

// FuzzRecord checks what holds for any input: no panic, the result is one
// line of JSON that needs nothing more, no member of the old record's top
// level is gone without a trace, and rules are listed.
func FuzzRecord(f *testing.F) {
	for _, record := range lines(f, "legacy.ndjson") {
		f.Add([]byte(record))
	}
	for _, c := range ruleCases {
		f.Add([]byte(c.record))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		var tp tape.Tape
		if tp.Parse(input) != nil {
			return
		}
		var twins Twins
		twins.Add(&tp)
		twins.Pairs()
		out, rules, err := Record(nil, &tp)
		if err != nil {
			return
		}
		if bytes.ContainsAny(out, "\n\r") {
			t.Fatalf("more than one line: %q", out)
		}
		var again tape.Tape
		if err := again.Parse(out); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		if tp.Kind(0) != tape.KindObject {
			t.Fatal("not an object")
		}
		twice, more, err := Record(nil, &again)
		if err != nil {
			t.Fatalf("%v the second time, for %s", err, out)
		}
		if len(more) > 0 || !bytes.Equal(twice, out) {
			t.Fatalf("%q the second time:\n%s\n%s", more, out, twice)
		}
		if len(rules) == 0 {
			return
		}
		n, _ := again.Find("metadata", "upcast")
		var noted []string
		if err := json.Unmarshal(again.Raw(n), &noted); err == nil && !slices.Equal(noted[len(noted)-len(rules):], rules) {
			t.Fatalf("%q are not listed in %s", rules, out)
		}
		for name, value := range tp.Members(0) {
			switch tp.Text(name) {
			case "user_type", "ip_address", "user_id":
				continue // what they lose says nothing
			}
			if s := tp.Text(value); tp.Kind(value) == tape.KindString && !leafHas(&again, s) {
				t.Fatalf("%q is gone from %s", s, out)
			}
		}
	})
}

// leafHas says whether a text is the value or the name of any member, or a
// part of one.
func leafHas(t *tape.Tape, s string) bool {
	for n := range t.Nodes {
		if t.Kind(n) == tape.KindString && strings.Contains(t.Text(n), s) {
			return true
		}
	}
	return false
}
