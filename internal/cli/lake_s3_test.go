package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/bucket/buckettest"
)

// command runs tpe in this process, with an S3 server.
type command struct {
	t   *testing.T
	s3  *buckettest.Server
	dir string
	env []string
}

func newCommand(t *testing.T, more ...string) *command {
	t.Helper()
	c := &command{t: t, s3: buckettest.Start(t, buckettest.Options{}), dir: t.TempDir(), env: more}
	for k, v := range c.s3.Env() {
		c.env = append(c.env, k+"="+v)
	}
	return c
}

func (c *command) run(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = Main(Env{
		Args: args, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Environ: c.env, Dir: c.dir, Now: time.Now,
		Notify:   func(context.Context) (context.Context, context.CancelFunc) { return context.WithCancel(ctx) },
		Terminal: func(io.Writer) bool { return false },
	})
	return status, out.String(), errs.String()
}

// must runs tpe, which must end with the status.
func (c *command) must(want int, args ...string) string {
	c.t.Helper()
	status, out, errs := c.run(c.t.Context(), append(args, "--lake", filepath.Join(c.dir, "lake"))...)
	if status != want {
		c.t.Fatalf("tpe %v: status %d, want %d\n%s%s", args, status, want, out, errs)
	}
	return out
}

// record makes a record of a day.
func record(n int, day string) string {
	return fmt.Sprintf(`{"interaction_id":"0b9e4d2e-6d7c-4a7e-9d0e-%012d","timestamp":"%sT09:00:00.000Z","interaction_type":"page_view","user_id":"u%d",`+
		`"user_type":"contractor","metadata":{"app_version":"1","environment":"test","user_agent":"x","ip_address":"127.0.0.1"},"page":{"path":"/a"}}`, n, day, n)
}

// lake writes records of two days, compacts and syncs.
func (c *command) lake() {
	c.t.Helper()
	var lines []string
	for i := range 40 {
		lines = append(lines, record(i, []string{"2026-11-22", "2026-11-23"}[i%2]))
	}
	in := filepath.Join(c.dir, "in.ndjson")
	if err := os.WriteFile(in, []byte(strings.Join(lines, "\n")+"\n"+`{"interaction_id":"broken"}`+"\n"), 0o600); err != nil {
		c.t.Fatal(err)
	}
	c.must(3, "replay", in, "--to", "lake") // one goes to quarantine
	c.must(0, "lake", "compact")
	c.must(0, "lake", "sync")
}

// find returns the one key that has both parts.
func (c *command) find(prefix, suffix string) string {
	c.t.Helper()
	var found []string
	for key := range c.s3.Objects() {
		if strings.HasPrefix(key, prefix) && strings.HasSuffix(key, suffix) {
			found = append(found, key)
		}
	}
	if len(found) != 1 {
		c.t.Fatalf("%s...%s: %q", prefix, suffix, found)
	}
	return found[0]
}

const sunday, monday = "year=2026/month=11/day=22/", "year=2026/month=11/day=23/"

// TestVerifyS3 harms the copy in every way, and wants each harm named.
func TestVerifyS3(t *testing.T) {
	c := newCommand(t, "LAKE_COMPRESSION=none")
	c.lake()
	out := c.must(0, "lake", "verify", "--s3")
	if !strings.Contains(out, "s3: 40 records in 2 segments, adds up") {
		t.Fatalf("whole: %s", out)
	}
	whole := map[string][]byte{}
	for key := range c.s3.Objects() {
		b, err := os.ReadFile(c.s3.Path(key))
		if err != nil {
			t.Fatal(err)
		}
		whole[key] = b
	}
	raw := c.find("raw/"+monday, ".ndjson")
	parquet := c.find("parquet/"+monday, ".parquet")
	put := func(key string, b []byte) {
		if err := os.WriteFile(c.s3.Path(key), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(key string) {
		if err := os.Remove(c.s3.Path(key)); err != nil {
			t.Fatal(err)
		}
	}
	lines := bytes.SplitAfter(whole[raw], []byte{'\n'})
	for _, h := range []struct {
		name string
		do   func()
		want []string
	}{
		{"a changed byte in a record", func() { put(raw, bytes.Replace(whole[raw], []byte(`"user_id":"u3"`), []byte(`"user_id":"u4"`), 1)) },
			[]string{"s3: changed 2026-11-23", "0b9e4d2e-6d7c-4a7e-9d0e-000000000003 page_view"}},
		{"a flipped byte that breaks a record", func() {
			put(raw, bytes.Replace(whole[raw], []byte(`{"interaction_id":"0b9e4d2e-6d7c-4a7e-9d0e-000000000003`), []byte(`["interaction_id":"0b9e4d2e-6d7c-4a7e-9d0e-000000000003`), 1))
		},
			[]string{"s3: damaged 2026-11-23", "s3: missing 2026-11-23", "000000000003 page_view"}},
		{"a deleted record", func() { put(raw, bytes.Join(lines[1:], nil)) }, []string{"s3: missing 2026-11-23", ":1 0b9e4d2e-6d7c-4a7e-9d0e-0000000000"}},
		{"a doubled record", func() { put(raw, append(slices.Clone(lines[0]), whole[raw]...)) }, []string{"s3: doubled 2026-11-23", "0b9e4d2e-6d7c-4a7e-9d0e-0000000000"}},
		{"a deleted segment", func() { remove(raw) }, []string{"s3: missing 2026-11-23", "the copy does not have the segment", "s3: 20 records in 1 segment, does not add up"}},
		{"a segment that was copied", func() { put("raw/"+monday+"20261123T000000Z-0123abcd-000001.ndjson", lines[0]) },
			[]string{"s3: doubled 2026-11-23", "only the copy has the file"}},
		{"a flipped byte in Parquet", func() { c.s3.Flip(parquet, int64(len(whole[parquet])/3)) }, []string{"parquet", "1 differ"}},
		{"a deleted Parquet file", func() { remove(parquet) }, []string{"1 differ"}},
		{"a stray Parquet file", func() { put("parquet/"+monday+"rows-0009-0123456789abcdef.parquet", whole[parquet]) }, []string{"doubled in rows-0009", "1 differ"}},
		{"a deleted manifest", func() { remove("parquet/" + monday + "_manifest.json") }, []string{"missing in _manifest.json"}},
		{"a damaged manifest", func() { put("parquet/"+monday+"_manifest.json", []byte("{}")) },
			[]string{"2026-11-23: unreadable: parquet/" + monday + "_manifest.json of the copy cannot be understood", "1 days proven, 1 differ"}},
		{"Parquet of another day", func() { put(parquet, whole[c.find("parquet/"+sunday, ".parquet")]) }, []string{"missing page_view 0b9e4d2e", "1 differ"}},
		{"a deleted file of quarantine", func() { remove(c.find("quarantine/", ".ndjson")) }, []string{"s3: missing", "quarantine/"}},
		{"deleted receipts", func() { remove(c.find("receipts/", ".ndjson")) }, []string{"s3: missing receipts/"}},
		{"other receipts", func() { put(c.find("receipts/", ".ndjson"), []byte("{}\n")) }, []string{"s3: changed", "receipts"}},
	} {
		h.do()
		status, out, errs := c.run(t.Context(), "lake", "verify", "--s3", "--lake", filepath.Join(c.dir, "lake"))
		if status != 3 {
			t.Errorf("%s: status %d\n%s%s", h.name, status, out, errs)
		}
		for _, want := range h.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", h.name, want, out)
			}
		}
		for key := range c.s3.Objects() {
			if whole[key] == nil {
				remove(key)
			}
		}
		for key, b := range whole {
			put(key, b)
		}
	}
	// The files that were written again have no checksums of S3 any more; the
	// content is what counts.
	out = c.must(0, "lake", "verify", "--s3", "--json")
	var last struct {
		Value verifySummary `json:"value"`
	}
	parts := strings.Split(strings.TrimSpace(out), "\n")
	if err := json.Unmarshal([]byte(parts[len(parts)-1]), &last); err != nil || !last.Value.OK || last.Value.S3 == nil || last.Value.S3.Raw.Total.Stored != 40 {
		t.Errorf("%v in %s", err, out)
	}
}

// TestServeShips serves beside an S3 server that is away at first.
func TestServeShips(t *testing.T) {
	c := newCommand(t, "USE_S3=true", "TPE_ENV=test", "DATABASE_URL=sqlite:"+filepath.Join(t.TempDir(), "tpe.db"))
	c.s3.Kill()
	lakeDir, addrFile := filepath.Join(c.dir, "lake"), filepath.Join(c.dir, "addr")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	// A lake that was sealed while nobody shipped.
	in := filepath.Join(c.dir, "in.ndjson")
	if err := os.WriteFile(in, []byte(record(1, "2026-11-23")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.must(0, "replay", in, "--to", "lake")
	ended := make(chan string, 1)
	go func() {
		status, _, errs := c.run(ctx, "serve", "--lake", lakeDir, "--addr", "127.0.0.1:0", "--addr-file", addrFile)
		ended <- fmt.Sprint(status, " ", errs)
	}()
	get := func(path string) (int, string) {
		addr, err := os.ReadFile(addrFile)
		if err != nil {
			return 0, ""
		}
		res, err := http.Get("http://" + strings.TrimSpace(string(addr)) + path)
		if err != nil {
			return 0, ""
		}
		defer res.Body.Close()
		b, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(b)
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		for end := time.Now().Add(time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				_, ready := get("/readyz")
				t.Fatalf("%s: not within a minute; ready: %s", what, ready)
			}
		}
	}
	until("degraded and ready", func() bool {
		status, ready := get("/readyz")
		return status == http.StatusOK && strings.Contains(ready, `"name":"s3","status":"degraded"`)
	})
	if _, metrics := get("/metrics"); !strings.Contains(metrics, `tpe_copy_up{copy="s3"} 0`) || strings.Contains(metrics, `tpe_copy_lag_seconds{copy="s3"} 0`+"\n") {
		t.Error("the metrics do not show that the copy is away")
	}
	c.s3.Restart()
	until("caught up", func() bool {
		_, ready := get("/readyz")
		return strings.Contains(ready, `"name":"s3","status":"ok","pending":0`)
	})
	if len(c.s3.Objects()) == 0 {
		t.Error("nothing was shipped")
	}
	cancel()
	if got := <-ended; !strings.HasPrefix(got, "0 ") {
		t.Errorf("serve ended with %s", got)
	}
	// What the end has sealed was shipped as well.
	c.must(0, "lake", "sync", "--check")
	c.must(0, "lake", "verify", "--s3")
}

// A stop takes 12 seconds at most, also when neither copy answers.
func TestStopBesideHungCopies(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	c := &command{t: t, dir: t.TempDir(), env: []string{"USE_S3=true", "USE_DYNAMODB=true", "TPE_ENV=test", "AWS_ENDPOINT_URL=http://" + ln.Addr().String(), "DATA_LAKE_BUCKET=lake", "INTERACTIONS_TABLE=t", "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=k", "AWS_SECRET_ACCESS_KEY=s"}}
	c.env = append(c.env, "DATABASE_URL=sqlite:"+filepath.Join(c.dir, "tpe.db"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	addrFile := filepath.Join(c.dir, "addr")
	ended := make(chan int, 1)
	go func() {
		status, _, _ := c.run(ctx, "serve", "--lake", filepath.Join(c.dir, "lake"), "--addr", "127.0.0.1:0", "--addr-file", addrFile)
		ended <- status
	}()
	for {
		if _, err := os.Stat(addrFile); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	began := time.Now()
	cancel()
	if status, took := <-ended, time.Since(began); status != 0 || took > 12*time.Second {
		t.Errorf("status %d after %v", status, took)
	}
}
