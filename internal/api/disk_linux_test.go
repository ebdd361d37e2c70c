package api

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// smallDisk mounts a file system of some MiB.
func smallDisk(t *testing.T, mib int) string {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", mib))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("a small disk cannot be mounted, and CI=true asks for this test: %v", err)
		}
		t.Skipf("only root can mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all that is left of a disk.
func fill(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := 64 << 10; size >= 1; size /= 2 {
		for err == nil {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		err = nil
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// until waits for something that happens within seconds.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen that", what)
		}
	}
}

func TestDiskFull(t *testing.T) {
	disk := smallDisk(t, 8)
	h := open(t, func(o *Options) {
		// The lake lies on the small disk, the database does not.
		w, l := o.Writer, o.Lake
		if err := errors.Join(w.Close(t.Context()), l.Close()); err != nil {
			t.Fatal(err)
		}
		var err error
		if o.Lake, err = lake.Open(t.Context(), lake.Options{Dir: filepath.Join(disk, "lake")}); err != nil {
			t.Fatal(err)
		}
		if o.Writer, err = o.Lake.NewWriter(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	if r, _ := h.ingest(asJSON, interaction("n", "before")); r.status != http.StatusOK {
		t.Fatal(r)
	}
	ballast := fill(t, disk)

	// Ingestion refuses; part of a long body may still have fitted.
	until(t, "ingestion refuses", func() bool {
		r, _ := h.ingest(asJSON, interaction("n", "what still fits"))
		return r.status == http.StatusServiceUnavailable
	})
	body := interaction("n", "full")
	r, got := h.ingest(asJSON, body)
	if r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" || got.NotStored != 1 || got.New != 0 || got.Success {
		t.Errorf("one record: %d %v %s", r.status, r.header, r.body)
	}
	lines := strings.Repeat(interaction("n", "lines")+"\n", 100)
	if r, got = h.ingest(asLines, lines); r.status != http.StatusServiceUnavailable || r.header.Get("Retry-After") == "" || got.NotStored+got.New+got.Duplicate+got.Conflict != got.Received || got.NotStored == 0 {
		t.Errorf("lines: %d %s", r.status, r.body)
	}
	// A sender who pauses in the middle has the answer at once, wherever the
	// server's reader stands then.
	for n := 1000; n <= 3000; n += 100 {
		var many strings.Builder
		for range n {
			many.WriteString(interaction("n", "many") + "\n")
		}
		_, in := h.dial("POST /api/interactions?paused HTTP/1.1\r\nHost: x\r\nContent-Type: " + asLines + "\r\nContent-Length: 100000000\r\n\r\n" + many.String())
		if line, err := in.ReadString('\n'); err != nil || !strings.Contains(line, "503") {
			t.Errorf("%d lines and a pause: %q, %v", n, line, err)
		}
	}
	// Other calls go on.
	const others = 20
	for i := range others {
		if r := h.do("GET", fmt.Sprintf("/api/partners/active?full=%d", i), ""); r.status != http.StatusOK {
			t.Errorf("an ordinary call: %d %s", r.status, r.body)
		}
	}
	if r := h.do("GET", "/readyz", ""); r.status != http.StatusServiceUnavailable || !strings.Contains(r.body, "lake") || strings.Contains(r.body, disk) {
		t.Errorf("/readyz: %d %s", r.status, r.body)
	}
	if r := h.do("GET", "/livez", ""); r.status != http.StatusOK {
		t.Errorf("/livez: %d", r.status)
	}
	if m := h.do("GET", "/metrics", "").body; !strings.Contains(m, "tpe_lake_writable 0") || strings.Contains(m, "tpe_lake_lost_records_total 0\n") {
		t.Error("/metrics does not tell")
	}

	// The log is not flooded: one line a second says how many there were.
	before := strings.Count(h.logs.String(), "request failed")
	begun := time.Now()
	for range 50 {
		h.ingest(asJSON, body)
	}
	if n := strings.Count(h.logs.String(), "request failed") - before; n > 1+int(time.Since(begun)/time.Second) {
		t.Errorf("%d lines of 50 refusals", n)
	}
	until(t, "the others are counted", func() bool { return strings.Contains(h.logs.String(), "more requests failed in the same way") })

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	until(t, "the server is ready again", func() bool { return h.do("GET", "/readyz", "").status == http.StatusOK })
	if r, got = h.ingest(asJSON, body); r.status != http.StatusOK || got.New+got.Duplicate != 1 {
		t.Errorf("after: %d %s", r.status, r.body)
	}
	until(t, "the gap is recorded", func() bool { return len(h.records(tpe.TypePerformance)) > 0 })
	gaps := h.records(tpe.TypePerformance)
	lost := h.writer.Health().Lost
	if gap := gaps[0]; len(gaps) != 1 || gap.at("metadata", "gap", "lost") != float64(lost) || lost < others ||
		gap.at("metadata", "gap", "since").(string) > gap.at("metadata", "gap", "until").(string) || gap.at("metadata", "gap", "reason") == "" {
		t.Errorf("lost %d, recorded %v", lost, gaps)
	}
	// Every call is in the lake or counted as lost.
	m := h.do("GET", "/metrics", "").body
	var tracked, untracked int64
	for line := range strings.SplitSeq(m, "\n") {
		_, _ = fmt.Sscanf(line, "tpe_tracked_calls_total %d", &tracked)
		_, _ = fmt.Sscanf(line, "tpe_untracked_calls_total %d", &untracked)
	}
	if n := int64(len(h.records(tpe.TypeAPICall))); untracked != lost || n != tracked+1 { // + the call that asked
		t.Errorf("%d tracked, %d not, %d lost, %d in the lake", tracked, untracked, lost, n)
	}
	report, err := h.lake.Verify(t.Context(), func(f lake.Fault) { t.Error(f) })
	if err != nil || !report.OK {
		t.Errorf("%+v, %v", report, err)
	}
}
