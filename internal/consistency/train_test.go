package consistency

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the weights anew from the examples")

// TestWeights proves that sense.bin is what the examples make. After a change
// of the examples: go test ./internal/consistency -run TestWeights -update.
func TestWeights(t *testing.T) {
	fresh, err := Train()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("sense.bin", fresh, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(fresh, embeddedSense) {
		t.Error("sense.bin does not come from these examples; run this test with -update")
	}
}
