package columns

import (
	"slices"
	"testing"
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
