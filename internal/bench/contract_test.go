package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/tape"
)

func ownSchema(t *testing.T) *schema.Set {
	t.Helper()
	b, err := files.ReadFile("testdata/interaction.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	own, err := schema.Single("interaction.schema.json", b)
	if err != nil {
		t.Fatal(err)
	}
	return own
}

func TestRecordsAreValid(t *testing.T) {
	contract, err := schema.Default()
	if err != nil {
		t.Fatal(err)
	}
	own := ownSchema(t)
	var tp tape.Tape
	for _, b := range records(5000) {
		if err := tp.Parse(b); err != nil {
			t.Fatal(err)
		}
		if f := contract.Check(&tp, schema.Check{Strict: true}); len(f) > 0 {
			t.Fatalf("the contract refuses %s: %+v", b, f)
		}
		if f := own.Check(&tp, schema.Check{}); len(f) > 0 {
			t.Fatalf("the schema of the benchmarks refuses %s: %+v", b, f)
		}
	}
}

func TestFaultyRecordsAreNotValid(t *testing.T) {
	own := ownSchema(t)
	path := filepath.Join(t.TempDir(), "faulty.ndjson")
	if err := writeFaulty(path, 200); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var tp tape.Tape
	for line := range bytes.Lines(b) {
		if err := tp.Parse(bytes.TrimSpace(line)); err != nil {
			t.Fatal(err)
		}
		if len(own.Check(&tp, schema.Check{})) == 0 {
			t.Errorf("this is valid: %s", line)
		}
	}
}
