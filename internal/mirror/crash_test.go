package mirror

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/bucket/buckettest"
	"github.com/power100/tpe/internal/lake"
)

const (
	envLake     = "TPE_TEST_SYNC_LAKE"
	envEndpoint = "TPE_TEST_SYNC_ENDPOINT"
	smallParts  = 5 << 20
)

// child syncs a lake when this process was started to be killed.
func child() {
	dir := os.Getenv(envLake)
	if dir == "" {
		return
	}
	err := func() error {
		l, err := lake.Open(context.Background(), lake.Options{Dir: dir})
		if err != nil {
			return err
		}
		b, err := bucket.New(context.Background(), bucket.Options{Name: buckettest.Bucket, Endpoint: os.Getenv(envEndpoint), Region: "us-east-1",
			AccessKeyID: buckettest.AccessKeyID, SecretAccessKey: buckettest.SecretAccessKey, PartSize: smallParts, MaxBackoff: 50 * time.Millisecond})
		if err != nil {
			return err
		}
		_, err = Sync(context.Background(), Options{Lake: l, Bucket: b})
		return err
	}()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// TestKilledSyncsFinish kills syncs at random moments, and now and then the
// server, while the lake goes on to change.
func TestKilledSyncsFinish(t *testing.T) {
	kills := 60
	if testing.Short() {
		kills = 10
	}
	s := buckettest.Start(t, buckettest.Options{})
	l := newTestLake(t)
	l.fill(300)
	l.put("parquet/"+day+"big.parquet", string(bytes.Repeat([]byte("0123456789abcdef"), (2*smallParts+1000)/16)))
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// A sync is killed while it is at work: the moment is chosen within the
	// time that the last one took which came to its end.
	killed, within := 0, 300*time.Millisecond
	for i := 0; killed < kills && i < 3*kills; i++ {
		l.compacted(i)
		l.put(fmt.Sprintf("raw/%snew%03d.json", day, i), fmt.Sprint("new ", i))
		l.put("receipts/20261123T000000Z-0123abcd-000001.ndjson", strings.Repeat("{}\n", i+1))
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), envLake+"="+l.Dir(), envEndpoint+"="+s.URL)
		var errs bytes.Buffer
		cmd.Stderr = &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		after := time.AfterFunc(rand.N(within), func() { _ = cmd.Process.Kill() }) //nolint:gosec // any moment will do
		if i%10 == 9 {
			s.Restart()
		}
		err := cmd.Wait()
		after.Stop()
		switch {
		case err == nil:
			within = time.Since(began)
		case errs.Len() > 0:
			t.Fatalf("sync %d: %s", i, errs.String())
		default:
			killed++
		}
	}
	if killed < kills {
		t.Errorf("only %d syncs were killed", killed)
	}
	o := Options{Lake: l.Lake, Bucket: s.Open(func(o *bucket.Options) { o.PartSize = smallParts })}
	synced(t, o)
	equal(t, l, s)
	o.Check = true
	if r := synced(t, o); r.Unchanged.Files != r.Files.Files || r.Kept.Files != 0 {
		t.Errorf("after %d kills: %+v", killed, r)
	}
}
