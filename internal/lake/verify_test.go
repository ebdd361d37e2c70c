package lake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/power100/tpe/internal/tpe"
)

// verify returns the report and the faults.
func verify(t testing.TB, l *Lake) (Report, []Fault) {
	t.Helper()
	var faults []Fault
	report, err := l.Verify(context.Background(), func(f Fault) { faults = append(faults, f) })
	if err != nil {
		t.Fatal(err)
	}
	return report, faults
}

// mustAddUp fails the test when the lake does not verify.
func mustAddUp(t testing.TB, l *Lake) Report {
	t.Helper()
	report, faults := verify(t, l)
	if !report.OK {
		t.Fatalf("the lake does not add up: %+v\n%v", report, faults)
	}
	return report
}

// edit changes the lines of a sealed segment.
func edit(t *testing.T, path string, change func(lines []string) []string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	packed := strings.HasSuffix(path, ".zst")
	if packed {
		dec, err := zstd.NewReader(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer dec.Close()
		if b, err = dec.DecodeAll(b, nil); err != nil {
			t.Fatal(err)
		}
	}
	out := []byte(strings.Join(change(strings.SplitAfter(strings.TrimSuffix(string(b), "\n"), "\n")), ""))
	if packed {
		enc, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		out = enc.EncodeAll(out, nil)
	}
	if err := os.WriteFile(path, out, 0o644); err != nil {
		t.Fatal(err)
	}
}

func onlySegment(t *testing.T, l *Lake, day Day) Segment {
	t.Helper()
	s, err := l.Segments(context.Background(), day)
	if err != nil || len(s) != 1 {
		t.Fatalf("%v, %v", s, err)
	}
	return s[0]
}

func TestVerifyNamesWhatIsWrong(t *testing.T) {
	recs := newRecs(40, noon)
	recs[7].typ = tpe.TypeFeedback
	const strange = "00000000-0000-4000-8000-000000000000"
	name := func(kind FaultKind, i ...int) (out []string) {
		for _, n := range i {
			out = append(out, string(kind)+" "+recs[n].id)
		}
		return out
	}
	for _, tc := range []struct {
		name string
		harm func(t *testing.T, l *Lake, s Segment)
		want []string
	}{
		{"nothing", func(*testing.T, *Lake, Segment) {}, nil},
		{"a line is deleted", func(t *testing.T, _ *Lake, s Segment) {
			edit(t, s.Path, func(l []string) []string { return append(l[:7], l[8:]...) })
		}, name(Missing, 7)},
		{"a line is doubled", func(t *testing.T, _ *Lake, s Segment) {
			edit(t, s.Path, func(l []string) []string { return append(l[:5:5], append([]string{l[4]}, l[5:]...)...) })
		}, name(Doubled, 4)},
		{"a byte of a value is flipped", func(t *testing.T, _ *Lake, s Segment) {
			edit(t, s.Path, func(l []string) []string {
				l[3] = strings.Replace(l[3], `"note":"`, `"note":"z`, 1)
				return l
			})
		}, name(Changed, 3)},
		{"two lines are swapped", func(t *testing.T, _ *Lake, s Segment) {
			edit(t, s.Path, func(l []string) []string { l[3], l[4] = l[4], l[3]; return l })
		}, []string{"changed "}},
		{"a brace is flipped", func(t *testing.T, _ *Lake, s Segment) {
			edit(t, s.Path, func(l []string) []string { l[9] = "[" + l[9][1:]; return l })
		}, append([]string{"damaged "}, name(Missing, 9)...)},
		{"a record is added", func(t *testing.T, _ *Lake, s Segment) {
			edit(t, s.Path, func(l []string) []string { return append(l, "\n", rec{id: strange}.json()+"\n") })
		}, []string{"added " + strange}},
		{"the file is deleted", func(t *testing.T, _ *Lake, s Segment) {
			if err := os.Remove(s.Path); err != nil {
				t.Fatal(err)
			}
		}, name(Missing, seq(40)...)},
		{"the file and its index are deleted", func(t *testing.T, l *Lake, s Segment) {
			if err := os.Remove(s.Path); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(l.indexPath(s.Day, s.Name)); err != nil {
				t.Fatal(err)
			}
		}, []string{"missing "}},
		{"a line and all that is derived are deleted", func(t *testing.T, l *Lake, s Segment) {
			edit(t, s.Path, func(l []string) []string { return l[1:] })
			if err := os.RemoveAll(l.path(indexFolder)); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(l.path(ledgerFile)); err != nil {
				t.Fatal(err)
			}
		}, []string{"missing "}},
		{"the file is copied", func(t *testing.T, l *Lake, s Segment) {
			b, err := os.ReadFile(s.Path)
			if err != nil {
				t.Fatal(err)
			}
			other := newNamer().next(noon)
			if err := os.WriteFile(l.rawPath(s.Day, other, filepath.Ext(s.Path)), b, 0o644); err != nil {
				t.Fatal(err)
			}
			// With its own ending.
			if err := os.Rename(l.rawPath(s.Day, other, filepath.Ext(s.Path)), strings.Replace(s.Path, s.Name, other, 1)); err != nil {
				t.Fatal(err)
			}
		}, name(Doubled, seq(40)...)},
	} {
		for _, compression := range []string{CompressZstd, CompressNone} {
			t.Run(tc.name+"/"+compression, func(t *testing.T) {
				l := openLake(t, Options{Compression: compression})
				w := openWriter(t, l)
				put(t, w, Disk, repeat(New, 40), recs...)
				closeWriter(t, w)
				tc.harm(t, l, onlySegment(t, l, DayOf(noon)))
				report, faults := verify(t, l)
				var got []string
				for _, f := range faults {
					got = append(got, string(f.Kind)+" "+f.ID)
				}
				if !sameSet(got, tc.want) {
					t.Errorf("got %v\nwant %v", faults, tc.want)
				}
				if report.OK != (len(tc.want) == 0) {
					t.Errorf("OK is %v: %+v", report.OK, report)
				}
			})
		}
	}
}

func TestVerifyOfQuarantine(t *testing.T) {
	for name, tc := range map[string]struct {
		harm func(t *testing.T, path string)
		want string
	}{
		"a line is deleted": {func(t *testing.T, path string) {
			edit(t, path, func(l []string) []string { return l[1:] })
		}, "missing 1"},
		"a line is added": {func(t *testing.T, path string) {
			edit(t, path, func(l []string) []string { return append(l, "\n", l[0]) })
		}, "added 1"},
		"the file is deleted": {func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}, "missing 3"},
	} {
		t.Run(name, func(t *testing.T) {
			l := openLake(t, Options{})
			w := openWriter(t, l)
			for _, body := range []string{`{"a":1}`, `{"a":2}`, `{"interaction_type":"feedback"}`} {
				q := Quarantined{Reason: "r", Source: "s", Body: clean(t, body)}
				if err := w.Quarantine(context.Background(), q); err != nil {
					t.Fatal(err)
				}
			}
			closeWriter(t, w)
			mustAddUp(t, l)
			files, err := filepath.Glob(l.path(quarantineFolder, "*", "*", "*", "*"))
			if err != nil || len(files) != 1 {
				t.Fatal(files, err)
			}
			tc.harm(t, files[0])
			report, faults := verify(t, l)
			if len(faults) != 1 || report.OK || fmt.Sprint(faults[0].Kind, " ", faults[0].Records) != tc.want {
				t.Errorf("%v", faults)
			}
			if !strings.Contains(faults[0].String(), string(faults[0].Kind)+" "+DayOf(l.opts.Now()).String()+" quarantine/") {
				t.Errorf("%s", faults[0])
			}
		})
	}
}

// A flipped byte anywhere in a compressed segment is found.
func TestVerifyFindsEveryFlippedByte(t *testing.T) {
	l := openLake(t, Options{})
	w := openWriter(t, l)
	put(t, w, Disk, repeat(New, 3), newRecs(3, noon)...)
	closeWriter(t, w)
	s := onlySegment(t, l, DayOf(noon))
	whole, err := os.ReadFile(s.Path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 0x40
		if err := os.WriteFile(s.Path, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if report, _ := verify(t, l); report.OK {
			t.Fatalf("byte %d of %d: not found", i, len(whole))
		}
	}
}

func TestAccountsSurviveTheLossOfWhatIsDerived(t *testing.T) {
	l := openLake(t, Options{})
	w := openWriter(t, l)
	recs := newRecs(20, noon)
	put(t, w, Disk, repeat(New, 20), recs...)
	put(t, w, System, repeat(Duplicate, 5), recs[:5]...)
	bad := Quarantined{Reason: "no timestamp", Source: "test", Line: 3, Body: clean(t, `{"interaction_type":"feedback"}`)}
	for range 2 {
		if err := w.Quarantine(context.Background(), bad); err != nil {
			t.Fatal(err)
		}
	}
	closeWriter(t, w)
	before := mustAddUp(t, l)
	if want := (Account{Day: NoDay, Received: 27, Stored: 20, Duplicate: 6, Quarantined: 1}); before.Total != want {
		t.Errorf("got %+v, want %+v", before.Total, want)
	}
	for _, derived := range []string{indexFolder, ledgerFile, "both"} {
		if derived != ledgerFile {
			if err := os.RemoveAll(l.path(indexFolder)); err != nil {
				t.Fatal(err)
			}
		}
		if derived != indexFolder {
			if err := os.RemoveAll(l.path(ledgerFile)); err != nil {
				t.Fatal(err)
			}
		}
		if derived == "both" {
			if err := l.Rebuild(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if after := mustAddUp(t, l); after.Total != before.Total {
			t.Errorf("without %s: got %+v, want %+v", derived, after.Total, before.Total)
		}
	}
}

func TestStatus(t *testing.T) {
	l := openLake(t, Options{})
	w := openWriter(t, l)
	recs := newRecs(6, noon)
	recs[1].dup = recs[0].id
	recs[2].typ = tpe.TypeFeedback
	conflict := recs[2]
	conflict.note = "changed"
	late := newRecs(2, noon.Add(24*time.Hour))
	put(t, w, Disk, repeat(New, 6), recs...)
	put(t, w, Disk, []Outcome{Conflict, Duplicate, New, New}, conflict, recs[0], late[0], late[1])
	for _, sealed := range []bool{false, true} {
		if sealed {
			closeWriter(t, w)
		}
		s, err := l.Status(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if want := (Counts{Records: 8, Marked: 1, Conflicts: 1, Duplicates: 1}); s.Total != want {
			t.Errorf("got %+v, want %+v", s.Total, want)
		}
		if len(s.Days) != 2 || s.Days[0].Total.Records != 6 || s.Days[1].Total.Records != 2 {
			t.Errorf("days %+v", s.Days)
		}
		if s.Size.Bytes == 0 || sealed != (s.Size.Sealed == 2) || sealed == (s.Size.Open == 2) {
			t.Errorf("size %+v, sealed %v", s.Size, sealed)
		}
	}
}

// A record of a copy that tells no time has no day, in either form.
func TestFaultWithoutDay(t *testing.T) {
	l, err := Open(t.Context(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	one := func(yield func(Copied, error) bool) { yield(Copied{ID: "x", Type: "page_view", Sound: true}, nil) }
	var got []string
	r, err := l.CompareCopy(t.Context(), "table", one, Due{}, func(f Fault) {
		text, _ := json.Marshal(f)
		got = append(got, f.String(), string(text))
	})
	if err != nil || len(got) != 2 || !strings.HasPrefix(got[0], "added table hash:") || strings.Contains(got[1], `"day"`) {
		t.Errorf("%q, %v", got, err)
	}
	if len(r.Accounts) != 1 || r.Accounts[0].Day.String() != "" {
		t.Errorf("%+v", r.Accounts)
	}
}

// Files that no writer made are counted with their records: those that come
// again in them are duplicates, to verify and to status.
func TestForeignAccounts(t *testing.T) {
	l := openLake(t, Options{Dir: t.TempDir()})
	recs := newRecs(3, noon)
	var lines string
	for _, r := range recs {
		lines += r.json() + "\n"
	}
	for name, text := range map[string]string{"a.ndjson": lines, "b.ndjson": lines + lines, "one.json": recs[0].json()} {
		path := l.path(rawFolder, "export", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	report, err := l.Verify(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := report.Total; !report.OK || report.Records != 3 || report.Segments != 0 || report.Foreign != 3 || got.Received != 10 || got.Stored != 3 || got.Duplicate != 7 {
		t.Errorf("%+v", report)
	}
	if st, err := l.Status(t.Context()); err != nil || st.Total.Records != 3 || st.Total.Duplicates != 7 || st.Size.Foreign != 3 {
		t.Errorf("%+v, %v", st, err)
	}
}
