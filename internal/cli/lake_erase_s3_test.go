package cli

import (
	"encoding/json"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/bucket/buckettest"
)

// broken returns a file that a manifest of the copy names and that is not
// there.
func (c *command) broken() string {
	objects := c.s3.Objects()
	for key := range objects {
		if path.Base(key) != "_manifest.json" {
			continue
		}
		text, err := os.ReadFile(c.s3.Path(key))
		if err != nil {
			continue // replaced in the meantime
		}
		var m struct{ Files []struct{ Name string } }
		if json.Unmarshal(text, &m) != nil {
			continue
		}
		for _, f := range m.Files {
			if _, ok := objects[path.Dir(key)+"/"+f.Name]; !ok {
				return path.Dir(key) + "/" + f.Name
			}
		}
	}
	return ""
}

// An erasure leaves a copy that adds up, whether the lake's Parquet was copied
// or the bucket was compacted itself. Wherever the server stops it, no
// manifest names what is not there, and the same command goes on.
func TestEraseCopy(t *testing.T) {
	for name, here := range map[string]bool{"a copy of the lake": true, "a bucket that was compacted itself": false} {
		t.Run(name, func(t *testing.T) {
			c := newCommand(t, "LAKE_COMPRESSION=none")
			p := buckettest.StartProxy(t, c.s3)
			c.env = append(c.env, "AWS_ENDPOINT_URL="+p.URL)
			c.lake()
			if !here {
				if err := os.RemoveAll(filepath.Join(c.dir, "lake", "parquet")); err != nil {
					t.Fatal(err)
				}
			}
			left := 0
			p.Refuse = func(r *http.Request) (int, string) {
				if file := c.broken(); file != "" {
					t.Errorf("before %s %s: %s is not there", r.Method, r.URL, file)
				}
				if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodPost {
					return 0, ""
				}
				if left--; left < 0 {
					return http.StatusForbidden, "AccessDenied"
				}
				return 0, ""
			}
			erase := []string{"lake", "erase", "--user", "u3", "--to", "s3://lake"}
			runs := 0
			for ; runs < 50; runs++ {
				left = runs
				status, out, errs := c.run(t.Context(), append(erase, "--lake", filepath.Join(c.dir, "lake"))...)
				if status == 0 {
					break
				}
				if status != 1 {
					t.Fatalf("status %d\n%s%s", status, out, errs)
				}
			}
			if runs < 3 || runs == 50 {
				t.Errorf("%d runs", runs)
			}
			left = 1000
			if here {
				c.must(0, "lake", "verify", "--s3")
			}
			c.must(4, append(erase, "--dry-run")...)
			c.must(0, "lake", "compact")
			c.must(0, "lake", "sync")
			c.must(0, "lake", "verify", "--s3")
		})
	}
}

// An erasure that could not reach the bucket does not end without it.
func TestEraseCopyLeftOut(t *testing.T) {
	c := newCommand(t, "LAKE_COMPRESSION=none")
	c.lake()
	p := buckettest.StartProxy(t, c.s3)
	p.Refuse = func(*http.Request) (int, string) { return http.StatusForbidden, "AccessDenied" }
	whole := c.env
	c.env = append(c.env, "AWS_ENDPOINT_URL="+p.URL)
	c.must(1, "lake", "erase", "--user", "u3", "--to", "s3://lake")
	c.env = whole
	status, out, errs := c.run(t.Context(), "lake", "erase", "--user", "u3", "--lake", filepath.Join(c.dir, "lake"))
	if status != 2 || out != "" || !strings.Contains(errs, "s3 s3://lake") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}
	c.must(3, "lake", "verify") // it says that the erasure was stopped
	c.must(0, "lake", "erase", "--user", "u3", "--to", "s3://lake")
	c.must(0, "lake", "verify", "--s3")
}
