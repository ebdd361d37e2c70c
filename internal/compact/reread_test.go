package compact

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/power100/tpe/internal/tpe"
)

// A day that does not fit into memory is the same whatever its files look
// like: records are found again by their places, or kept.
func TestReread(t *testing.T) {
	l := newTestLake(t)
	var parts [5][]string
	for i := range 5_000 {
		n := i * 7919 % 5_003
		parts[i%5] = append(parts[i%5], call(fmt.Sprint(n), monday, fmt.Sprintf("%02d", n%24), fmt.Sprint("t", n%3*n%2), fmt.Sprintf(`,"x":"%0*d"`, n%3000/(n%7*n%11+1), n)))
	}
	// Two of the same content, without any key, and with none.
	parts[0] = append(parts[0], `{"user_id":"a"}`, `{"user_id":"b"}`, `{"user_id":"a"}`)
	l.seal(monday, parts[0]...)
	l.put(folder(t, monday)+"/crlf.jsonl", "\xef\xbb\xbf"+strings.Join(parts[1], "\r\n\n"))
	l.put(folder(t, monday)+"/pretty.json", "\xef\xbb\xbf[ "+strings.ReplaceAll(strings.Join(parts[2], "\n , "), `"x"`, "\n\"x\"")+"]")
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	l.put(folder(t, monday)+"/20260101T000000Z-0123abcd-000009.ndjson.zst", string(z.EncodeAll([]byte(strings.Join(parts[3], "\n")+"\n"), nil)))
	l.put(folder(t, monday)+"/packed.ndjson", string(z.EncodeAll([]byte(strings.Join(parts[4], "\n")+"\n"), nil)))
	whole := l.run(Options{Jobs: 1})
	for _, memory := range []int{20_000, 1_000_000} {
		if err := os.RemoveAll(filepath.Join(l.Dir(), "parquet")); err != nil {
			t.Fatal(err)
		}
		d, want := l.run(Options{Memory: memory}).Days[0], whole.Days[0]
		if d.Rows != 5_002 || d.Duplicates != 1 || d.Proof != want.Proof || fmt.Sprint(d.Files) != fmt.Sprint(want.Files) || d.BytesOut != want.BytesOut {
			t.Errorf("%+v, want %+v", d, want)
		}
	}
}

// A file that changes between the two times is not compacted.
func TestRereadOfChanged(t *testing.T) {
	l := newTestLake(t)
	var records []string
	for i := range 1000 {
		records = append(records, call(fmt.Sprint(i*7%1000), monday, "10", "t", ""))
	}
	for name, change := range map[string]func(path string) error{
		"longer": func(path string) error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			_, err = f.WriteString(records[0] + "\n")
			return err
		},
		"shorter": func(path string) error { return os.Truncate(path, 5000) },
	} {
		l.put("other.jsonl", strings.Join(records, "\n"))
		changed := false
		_, err := Run(context.Background(), l.Lake, Options{Memory: 50_000, Progress: func(done, _ int64) {
			if done > 0 && !changed {
				changed = true
				if err := change(filepath.Join(l.Dir(), "raw", "other.jsonl")); err != nil {
					t.Error(err)
				}
			}
		}})
		if !changed || tpe.CodeOf(err) != tpe.Unavailable || len(l.parquet(monday)) > 0 {
			t.Errorf("%s: %v %v", name, err, l.parquet(monday))
		}
	}
	l.put("other.jsonl", strings.Join(records, "\n"))
	if r := l.run(Options{Memory: 50_000}); r.Rows != 1000 {
		t.Errorf("%+v", r)
	}
}
