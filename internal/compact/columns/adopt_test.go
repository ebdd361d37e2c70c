package columns

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go/deprecated"

	"github.com/power100/tpe/internal/tape"
)

func TestTranslation(t *testing.T) {
	both, file, contract := step{true, true}, step{true, false}, step{false, true}
	for _, c := range []struct {
		name string
		path []step
		want []byte
	}{
		{"the same", []step{both, both}, []byte{0, 1, 2}},
		{"a list whose elements may be missing", []step{both, both, file}, []byte{0, 1, missing, 2}},
		{"a field of such an element", []step{both, both, file, both}, []byte{0, 1, missing, 2, 3}},
		{"a column that is always there", []step{contract}, []byte{1}},
		{"in a group that is always there", []step{contract, both}, []byte{1, 2}},
	} {
		if got := translation(c.path); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got, err := translate(nil, nil, []byte{1}, 3); err != nil || !slices.Equal(got, []byte{1, 1, 1}) {
		t.Error(got, err)
	}
	if got, err := translate(nil, []byte{0, 3, 1}, []byte{0, 1, missing, 2}, 3); err != nil || !slices.Equal(got, []byte{0, 2, 1}) {
		t.Error(got, err)
	}
	for _, bad := range [][]byte{{2}, {4}} {
		if _, err := translate(nil, bad, []byte{0, 1, missing, 2}, 1); err == nil {
			t.Error("took", bad)
		}
	}
}

// ofTrino is the proof of the records that Trino was given.
func ofTrino(t testing.TB) (want Proof) {
	t.Helper()
	text, err := os.ReadFile("testdata/trino.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var rec tape.Tape
		if err := rec.Parse(line); err != nil {
			t.Fatal(err)
		}
		want.Add(rec.ContentHash())
	}
	return want
}

// A file that Trino 483 wrote, by the query that Athena is asked, holds what
// the records hold: its times have 96 bits, and its lists another middle level.
func TestTrino(t *testing.T) {
	want, got := ofTrino(t), Proof{}
	f, err := Open("testdata/trino.parquet")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	proof, err := f.Proof(t.Context())
	if err != nil || proof != want {
		t.Errorf("%+v, want %+v: %v", proof, want, err)
	}
	for record, err := range f.Records(t.Context()) {
		var rec tape.Tape
		if err == nil {
			err = rec.Parse(record)
		}
		if err != nil {
			t.Fatal(err)
		}
		got.Add(rec.ContentHash())
	}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestTimesOf96Bits(t *testing.T) {
	const nanosPerMilli = 1_000_000
	at := func(ms int64) deprecated.Int96 {
		day, in := ms/dayMillis, ms%dayMillis
		if in < 0 {
			day, in = day-1, in+dayMillis
		}
		return deprecated.Int96{uint32(in * nanosPerMilli), uint32(in * nanosPerMilli >> 32), uint32(day + 2440588)}
	}
	want := []int64{0, 1, -1, dayMillis, -dayMillis, 1795424400123, dayMillis - 1, -62135596800000}
	var times []deprecated.Int96
	for _, ms := range want {
		times = append(times, at(ms))
	}
	if got, err := millisOf(times); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, want %v: %v", got, want, err)
	}
	if _, err := millisOf([]deprecated.Int96{{1, 0, 2440588}}); err == nil {
		t.Error("took a part of a millisecond")
	}
}
