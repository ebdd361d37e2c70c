package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/power100/tpe/internal/bucket/buckettest"
	"github.com/power100/tpe/internal/dynamo/dynamotest"
	"github.com/power100/tpe/internal/tpe"
)

// The number of times that processes of a kind are killed in one test.
const kills = 9

// killer runs the real program and kills it.
type killer struct {
	t    *testing.T
	dir  string
	env  []string
	rand *rand.Rand

	took   map[string]time.Duration // by commands that came to their end
	killed map[string]int
}

func newKiller(t *testing.T) *killer {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return &killer{t: t, dir: t.TempDir(), env: append(os.Environ(), "NO_COLOR=1"), rand: rand.New(rand.NewPCG(seed, 1)),
		took: map[string]time.Duration{}, killed: map[string]int{}}
}

func (k *killer) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(k.t.Context(), "tpe", args...)
	cmd.Dir, cmd.Env = k.dir, k.env
	return cmd
}

// run runs a command to its end and returns its exit status and what it said.
func (k *killer) run(args ...string) (int, string) {
	k.t.Helper()
	out, err := k.command(args...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		k.t.Fatal(err)
	}
	if exit != nil {
		return exit.ExitCode(), string(out)
	}
	return 0, string(out)
}

func (k *killer) must(args ...string) string {
	k.t.Helper()
	status, out := k.run(args...)
	if status != 0 {
		k.t.Fatalf("tpe %s: status %d\n%s", strings.Join(args, " "), status, out)
	}
	return out
}

// kill starts a command and kills it at a random moment within the time that
// the last one of its kind took which came to its end.
func (k *killer) kill(args ...string) {
	k.t.Helper()
	what := strings.Join(args[:2], " ")
	if len(args) > 2 && strings.HasPrefix(args[2], "s3:") {
		what += " " + args[2]
	}
	within := k.took[what]
	if within == 0 {
		within = 300 * time.Millisecond
	}
	began := time.Now()
	cmd := k.command(args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	timer := time.NewTimer(time.Duration(k.rand.Int64N(int64(within))))
	defer timer.Stop()
	select {
	case <-timer.C:
		if cmd.Process.Kill() == nil {
			k.killed[what]++
		}
	case <-ended:
		k.took[what] = time.Since(began)
	}
	<-ended
}

// records writes a file with records of n people, one of whom is erased each
// time.
func (k *killer) records(name string, n int) {
	var b bytes.Buffer
	for i := range 1500 {
		who := i % n
		user, note := fmt.Sprintf("%d", 100+who), "nothing"
		switch i % 4 {
		case 1:
			user, note = "anonymous", fmt.Sprintf("I am person%d@example.org", who)
		case 2:
			user, note = "9", fmt.Sprintf("ask Person%d@example.org", who)
		}
		role := "contractor"
		if user == "anonymous" {
			role = "unknown"
		}
		fmt.Fprintf(&b, `{"interaction_id":"%s","timestamp":"2026-11-%02dT10:00:00.000Z","interaction_type":"custom_note","user_id":"%s","user_type":"%s","note":"%s","metadata":{"app_version":"1","environment":"test","user_agent":"t","ip_address":"127.0.0.1"}}`+"\n",
			tpe.NewID(), 20+i%3, user, role, note)
	}
	if err := os.WriteFile(filepath.Join(k.dir, name), b.Bytes(), 0o644); err != nil {
		k.t.Fatal(err)
	}
}

// has says in which file of the lake a text stands, looking into those that
// are packed.
func (k *killer) has(text string) (found string) {
	k.t.Helper()
	dec, err := zstd.NewReader(nil)
	if err != nil {
		k.t.Fatal(err)
	}
	defer dec.Close()
	err = filepath.WalkDir(filepath.Join(k.dir, "lake"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err == nil && strings.HasSuffix(path, ".zst") {
			b, err = dec.DecodeAll(b, nil)
		}
		if bytes.Contains(bytes.ToLower(b), []byte(text)) {
			found = path
		}
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	if strings.Contains(strings.ToLower(k.must("lake", "cat", "--lake", "lake")), text) {
		found = "tpe lake cat"
	}
	return found
}

// Kill an erasure, compactions on the disk and in a bucket, a server that feeds
// DynamoDB, and the feeding of records, at random moments, again and again: the
// same commands finish, nothing of an erased person is left, and everything
// adds up. Together with the syncs that package mirror kills these are more
// than a hundred.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a while")
	}
	k := newKiller(t)
	s3 := buckettest.Start(t, buckettest.Options{})
	inBucket := append(slices.Clone(k.env), "LAKE_DIR=lake")
	for name, value := range s3.Env() {
		inBucket = append(inBucket, name+"="+value)
	}
	verify := []string{"lake", "verify", "--lake", "lake"}
	if dynamotest.Installed() || os.Getenv("CI") != "" {
		s := dynamotest.Start(t)
		k.env = append(k.env, "AWS_ENDPOINT_URL="+s.URL, "AWS_ACCESS_KEY_ID=k", "AWS_SECRET_ACCESS_KEY=s", "INTERACTIONS_TABLE=interactions", "USE_DYNAMODB=true")
		k.records("first.ndjson", kills)
		k.must("replay", "first.ndjson", "--to", "dynamodb", "--create-table", "--dry-run=false")
		verify = append(verify, "--dynamodb")
	} else {
		k.records("first.ndjson", kills)
	}
	k.must("replay", "first.ndjson", "--to", "lake", "--lake", "lake")
	compact := []string{"lake", "compact", "--lake", "lake", "--quiet"}
	for i := range kills {
		erase := []string{"lake", "erase", "--lake", "lake", "--user", fmt.Sprint(100 + i), "--email", fmt.Sprintf("person%d@example.org", i), "--quiet"}
		k.kill(compact...)
		k.kill("serve", "--lake", "lake", "--addr", "127.0.0.1:0")
		k.kill("replay", "first.ndjson", "--to", "lake", "--lake", "lake")
		k.kill(erase...)
		k.kill(erase...)
		k.must(erase...)
		k.kill(compact...)
		k.must(compact...)
		if where := k.has(fmt.Sprintf("person%d@", i)); where != "" {
			t.Fatalf("round %d: the person is in %s", i, where)
		}
		if status, out := k.run("replay", "first.ndjson", "--to", "lake", "--lake", "lake"); status != 0 || !strings.Contains(out, " 0 new") {
			t.Fatalf("round %d: status %d\n%s", i, status, out)
		}
		if status, out := k.run(verify...); status != 0 {
			t.Fatalf("round %d: status %d\n%s", i, status, out)
		}
	}
	// The raw records of the lake go to a bucket, a segment at a time, and are
	// compacted there.
	k.env = inBucket
	if err := os.RemoveAll(filepath.Join(k.dir, "lake", "parquet")); err != nil {
		t.Fatal(err)
	}
	for i := range kills {
		k.records("more.ndjson", 50)
		k.must("replay", "more.ndjson", "--to", "lake")
		k.kill("lake", "sync", "--quiet")
		k.must("lake", "sync", "--quiet")
		k.kill("lake", "compact", "s3://lake", "--quiet")
		if i%3 == 2 {
			k.must("lake", "compact", "s3://lake", "--quiet")
			k.must("lake", "verify", "--s3")
		}
	}
	t.Logf("killed: %v", k.killed)
	for what, least := range map[string]int{"lake erase": kills, "lake compact": kills, "lake compact s3://lake": kills / 2, "lake sync": kills / 2} {
		if k.killed[what] < least {
			t.Errorf("tpe %s was killed only %d times", what, k.killed[what])
		}
	}
}
