package api

import "testing"

// A formula is kept from a spreadsheet; a number is not changed.
func TestGuarded(t *testing.T) {
	for in, want := range map[string]string{
		"+1 (555) 201-3344": "+1 (555) 201-3344", "+15552013344": "+15552013344", "-7.5": "-7.5",
		"=1": "'=1", "+": "'+", "-": "'-", "@x": "'@x", "+1+cmd": "'+1+cmd", "-1=2": "'-1=2", "\t1": "'\t1", "": "", "a": "a",
	} {
		if got := guarded(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}
