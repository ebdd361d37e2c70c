package compact

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/tpe"
)

// A person who was erased from the raw records is gone from Parquet too: only
// the days concerned are made again, from older layouts as well, and the
// proof holds.
func TestEraser(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	var lines []string
	for i := range 40 {
		user, note := fmt.Sprint(1000+i), "nothing"
		switch {
		case i >= 30:
		case i%4 == 0:
			user = "136"
		case i%4 == 1:
			note = "ask dana@whitfield.example"
		}
		lines = append(lines, fmt.Sprintf(`{"interaction_id":%q,"timestamp":%q,"interaction_type":"page_view","user_id":%q,"user_type":"contractor","note":%q,"metadata":{"app_version":"1","environment":"t","user_agent":"t","ip_address":"::1"}}`,
			tpe.NewID().String(), tpe.FormatTime(at.Add(time.Duration(i/10)*24*time.Hour)), user, note))
	}
	write := func(name string, lines []string) {
		path := filepath.Join(dir, "raw", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("2026/11/23/all.jsonl", lines[1:])
	write("2026/11/23/one.json", lines[:1]) // the person's: the file goes
	l, err := lake.Open(ctx, lake.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := Run(ctx, l, Options{}); err != nil {
		t.Fatal(err)
	}
	user, err := person.ParseID(person.User, "136")
	if err != nil {
		t.Fatal(err)
	}
	mail, err := person.ParseID(person.Email, "dana@whitfield.example")
	if err != nil {
		t.Fatal(err)
	}
	p := person.New("", user, mail)
	e := &Eraser{Lake: l}
	found, err := e.Look(ctx, p, func(string) {})
	if err != nil || found.Records != 8 || found.Redacted != 8 || found.Files != 3 {
		t.Fatalf("%+v, %v", found, err)
	}
	if _, err := l.Erase(ctx, lake.EraseOptions{Erasure: "e", Person: p, Until: at.Add(1000 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "raw", "2026", "11", "23", "one.json")); !os.IsNotExist(err) {
		t.Fatalf("the file of one record: %v", err)
	}
	// What a killed compaction left may hold the person.
	left := filepath.Join(dir, "parquet", "year=2026", "month=11", "day=26", ".rows-0000.parquet.tmp")
	if err := os.WriteFile(left, []byte("dana"), 0o644); err != nil {
		t.Fatal(err)
	}
	// What somebody else put there cannot be made again.
	foreign := filepath.Join(filepath.Dir(left), "export.parquet")
	if err := os.WriteFile(foreign, []byte("dana"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Erase(ctx, p, func(string) {}); err != nil {
		t.Fatal(err)
	}
	found, err = e.Look(ctx, p, func(string) {})
	if err != nil || !found.Empty() || !slices.Equal(found.Unread, []string{"parquet/year=2026/month=11/day=26/export.parquet"}) {
		t.Errorf("%+v, %v", found, err)
	}
	if err := os.Remove(foreign); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("what was left: %v", err)
	}
	report, err := Verify(ctx, l, Options{})
	if err != nil || report.Proven != 4 || report.Records != 32 {
		t.Errorf("%+v, %v", report, err)
	}
}

// A manifest that cannot be read is named, and the other days count.
func TestEraserDamagedManifest(t *testing.T) {
	l := newTestLake(t)
	l.seal(monday, call("a", monday, "08", "t", ""))
	l.seal(tuesday, `{"interaction_id":"b","timestamp":"2026-11-24T08:00:00.000Z","user_id":"136"}`)
	l.run(Options{})
	l.damage(monday, "{}")
	user, err := person.ParseID(person.User, "136")
	if err != nil {
		t.Fatal(err)
	}
	e := &Eraser{Lake: l.Lake}
	found, err := e.Look(t.Context(), person.New("", user), func(string) {})
	if found.Records != 1 || tpe.CodeOf(err) != tpe.Invalid || !strings.Contains(err.Error(), folder(t, monday)) {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := e.Erase(t.Context(), person.New("", user), func(string) {}); tpe.CodeOf(err) != tpe.Invalid {
		t.Error(err)
	}
}

// A raw file that is gone for another reason stops it.
func TestEraserWithoutRaw(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path := filepath.Join(dir, "raw", "2026", "11", "23", "a.json")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	text := `{"interaction_id":"019ab001-1f6f-72e6-8a11-6d20b15c6901","timestamp":"2026-11-23T10:00:00.000Z","interaction_type":"page_view","user_id":"136","user_type":"contractor","metadata":{"app_version":"1","environment":"t","user_agent":"t","ip_address":"::1"}}`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := lake.Open(ctx, lake.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := Run(ctx, l, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	user, err := person.ParseID(person.User, "136")
	if err != nil {
		t.Fatal(err)
	}
	_, err = (&Eraser{Lake: l}).Erase(ctx, person.New("", user), func(string) {})
	if tpe.CodeOf(err) != tpe.Mismatch {
		t.Errorf("%v", err)
	}
}

// What is said of the person while the erasure runs is in Parquet, and stays.
func TestEraserKeepsWhatComes(t *testing.T) {
	l := newTestLake(t)
	name := l.seal(monday, call("a", monday, "08", "t", `,"contractor_id":"77"`), call("b", monday, "10", "t", `,"contractor_id":"77"`))
	written := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(l.Dir(), "raw", filepath.FromSlash(name)), written, written); err != nil {
		t.Fatal(err)
	}
	l.run(Options{})
	user, err := person.ParseID(person.User, "77")
	if err != nil {
		t.Fatal(err)
	}
	p := person.New("", user)
	p.Before = written.Add(-15 * time.Hour).UnixMilli()
	if _, err := l.Erase(t.Context(), lake.EraseOptions{Erasure: "e", Person: p, Until: time.UnixMilli(p.Before)}); err != nil {
		t.Fatal(err)
	}
	e := &Eraser{Lake: l.Lake}
	if found, err := e.Erase(t.Context(), p, func(string) {}); err != nil || found.Redacted != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	p.Before = 0
	if found, err := e.Look(t.Context(), p, func(string) {}); err != nil || found.Redacted != 1 {
		t.Errorf("left: %+v, %v", found, err)
	}
}
