package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/bucket/buckettest"
	"github.com/power100/tpe/internal/dynamo"
	"github.com/power100/tpe/internal/erase"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/sqldb"
)

// Records are sent to both.
var _ = []erase.Copy{(*dynamo.Eraser)(nil), (*erase.Objects)(nil)}

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

// Whatever root does to somebody's lake, all files in it are that one's.
func TestRootInSomebodysLake(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can act for others")
	}
	c := newCommand(t, "LAKE_COMPRESSION=none")
	dir := filepath.Join(c.dir, "lake")
	const somebody = 65534
	if err := errors.Join(os.Mkdir(dir, 0o755), os.Chown(dir, somebody, somebody)); err != nil {
		t.Fatal(err)
	}
	c.lake()
	c.must(0, "lake", "erase", "--user", "u3", "--to", "s3://lake")
	c.must(0, "lake", "verify", "--s3")
	if err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if is, ok := info.Sys().(*syscall.Stat_t); !ok || is.Uid != somebody {
			t.Errorf("%s is not somebody's", path)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
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
	l, err := lake.Open(t.Context(), lake.Options{Dir: filepath.Join(c.dir, "lake")})
	if err != nil {
		t.Fatal(err)
	}
	release, err := l.LockErasures()
	if err != nil {
		t.Fatal(err)
	}
	if out := c.must(0, "lake", "verify"); !strings.Contains(out, "is under way") {
		t.Error(out)
	}
	release()
	if out := c.must(3, "lake", "verify"); !strings.Contains(out, "was stopped before its end") {
		t.Error(out)
	}
	c.must(0, "lake", "erase", "--user", "u3", "--to", "s3://lake")
	var verified struct {
		Value struct {
			Raw lake.Report
			S3  struct{ Raw lake.Report }
		}
	}
	lines := strings.Split(strings.TrimSpace(c.must(0, "lake", "verify", "--s3", "--json")), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &verified); err != nil {
		t.Fatal(err)
	}
	if is, want := verified.Value.S3.Raw.Total, verified.Value.Raw.Total; is != want || want.Erased != 1 {
		t.Errorf("%+v in S3, %+v in the lake", is, want)
	}
}

// An erasure does not end while a copy that was begun before is on its way, and
// takes it out once it is there.
func TestEraseBesideSync(t *testing.T) {
	c := newCommand(t, "LAKE_COMPRESSION=none")
	c.lake()
	if err := os.RemoveAll(c.s3.Path("raw")); err != nil {
		t.Fatal(err)
	}
	p := buckettest.StartProxy(t, c.s3)
	held, free := make(chan bool, 100), make(chan bool)
	p.Refuse = func(r *http.Request) (int, string) {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/raw/") {
			held <- true
			<-free
		}
		return 0, ""
	}
	slow := *c
	slow.env = append(slices.Clone(c.env), "AWS_ENDPOINT_URL="+p.URL)
	ended := make(chan int)
	go func() {
		status, _, _ := slow.run(t.Context(), "lake", "sync", "--lake", filepath.Join(c.dir, "lake"))
		ended <- status
	}()
	<-held
	<-held // both days
	erase := []string{"lake", "erase", "--user", "u3", "--to", "s3://lake"}
	c.must(1, append(erase, "--wait", "100ms")...)
	close(free)
	if status := <-ended; status != 0 {
		t.Errorf("the sync ended with %d", status)
	}
	c.must(0, erase...)
	for key := range c.s3.Objects() {
		if text, err := os.ReadFile(c.s3.Path(key)); err != nil || strings.Contains(string(text), `"u3"`) {
			t.Errorf("%s: %v", key, err)
		}
	}
	c.must(0, "lake", "sync")
	c.must(0, "lake", "verify", "--s3")
}

// The records of a stakeholder's answers do not say whose they are; the
// database does. They go from every place, whoever wrote them down, and no old
// copy brings them back.
func TestEraseAnswers(t *testing.T) {
	database := filepath.Join(t.TempDir(), "platform.db")
	c := newCommand(t, "LAKE_COMPRESSION=none", "DATABASE_URL=sqlite:"+database)
	db, err := sqldb.Open(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	if _, err := db.Tx(t.Context(), func(tx *sqldb.Tx) error {
		partner, err := sqldb.AddPartner(t.Context(), tx, []sqldb.Set{{Column: "company_name", Value: "P"}, {Column: "contact_email", Value: "p@x.example"}})
		if err != nil {
			return err
		}
		for i, said := range []struct {
			kind         sqldb.Stakeholder
			mail, record string
		}{
			{sqldb.Employee, "e0@x.example", `"interaction_type":"employee_feedback","user_id":"anonymous","user_type":"unknown","stakeholder_type":"employee","feedback":{"rating":4,"comment":"Bo here, it takes two weeks"}`},
			{sqldb.Customer, "e0@x.example", `"interaction_type":"customer_reference","user_id":"5","user_type":"admin","stakeholder_type":"customer","feedback":{"rating":4,"comment":"Bo here, too"}`},
			{sqldb.Employee, "e1@x.example", `"interaction_type":"employee_feedback","user_id":"anonymous","user_type":"unknown","stakeholder_type":"employee","feedback":{"rating":9,"comment":"All is well"}`},
		} {
			id := fmt.Sprintf("019ab001-1f6f-72e6-8a11-6d20b15c690%d", i)
			lines = append(lines, fmt.Sprintf(`{"interaction_id":%q,"timestamp":"2026-11-23T10:00:00.000Z","partner_id":"%d",%s,"metadata":{"app_version":"1","environment":"test","user_agent":"x","ip_address":"127.0.0.1"}}`, id, partner.ID, said.record))
			if _, err := sqldb.AddAnswer(t.Context(), tx, said.kind, sqldb.Answer{Person: sqldb.Person{Email: said.mail}, Partner: partner.ID, Data: "{}", InteractionID: id}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(c.dir, "in.ndjson")
	if err := os.WriteFile(in, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.must(0, "replay", in, "--to", "lake")
	c.must(0, "lake", "compact")
	c.must(0, "lake", "sync")
	erase := []string{"lake", "erase", "--email", "e0@x.example", "--to", "s3://lake"}
	for _, place := range strings.Split(c.must(0, append(erase, "--dry-run", "--json")...), `"place":`) {
		for _, name := range []string{"lake", "parquet", "s3", "database"} {
			want := `"records":2`
			if name == "s3" {
				want = `"records":4` // raw and Parquet
			}
			if strings.Contains(place, `"`+name+`","files":`) && !strings.Contains(place, want) {
				t.Error(place)
			}
		}
	}
	receipt := c.must(0, append(erase, "--quiet")...)
	if strings.Contains(receipt, "019ab001") {
		t.Errorf("the receipt names a record: %s", receipt)
	}
	clean := func() {
		t.Helper()
		if out := c.must(0, "lake", "cat"); strings.Contains(out, "Bo here") || !strings.Contains(out, "All is well") {
			t.Error(out)
		}
		c.must(0, "lake", "verify", "--s3")
	}
	clean()
	for key := range c.s3.Objects() {
		if text, err := os.ReadFile(c.s3.Path(key)); err != nil || strings.Contains(string(text), "Bo here") {
			t.Errorf("%s: %v", key, err)
		}
	}
	if out := c.must(0, "replay", in, "--to", "lake"); !strings.Contains(out, "0 new") {
		t.Error(out)
	}
	c.must(0, "lake", "compact")
	c.must(0, "lake", "sync")
	clean()
	c.must(4, append(erase, "--dry-run")...)
}

// What somebody else has put into a copy is listed. What is the lake's own and
// cannot be looked into is named with status 3, after all else was erased, and
// no receipt is signed.
func TestEraseOddObjects(t *testing.T) {
	c := newCommand(t)
	c.lake()
	put := func(key, text string) {
		if _, _, err := c.s3.Open().Put(t.Context(), key, []byte(text), bucket.Condition{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"parquet/year=2026/month=11/day=23/bi-export.parquet", "raw/year=2026/month=11/day=23/sheet.xlsx"} {
		put(key, "PAR1\xff\x00 and more")
	}
	// A copy beside the folders of the lake, here, and in the bucket from before.
	if err := os.Mkdir(filepath.Join(c.dir, "lake", "raw.bak"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.dir, "lake", "raw.bak", "old.ndjson"), []byte(record(3, "2026-11-22")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	put("raw.bak/old.ndjson", record(3, "2026-11-22")+"\n")
	if out := c.must(0, "lake", "sync", "--to", "s3://lake"); !strings.Contains(out, "not copied, as it is not of a lake: raw.bak/") {
		t.Error(out)
	}
	erase := func(who string, more ...string) (status int, receipt, errs string) {
		return c.run(t.Context(), append([]string{"lake", "erase", "--user", who, "--to", "s3://lake", "--lake", filepath.Join(c.dir, "lake")}, more...)...)
	}
	status, receipt, errs := erase("u3")
	if status != 0 || !strings.Contains(receipt, "day=23/bi-export.parquet") || !strings.Contains(receipt, "sheet.xlsx") || !strings.Contains(receipt, `"raw.bak/"`) || !strings.Contains(receipt, `"s3://lake/raw.bak/"`) {
		t.Fatalf("with files of somebody else: status %d\n%s%s", status, receipt, errs)
	}
	put("raw/year=2026/month=11/day=24/old.ndjson.zst", "\x28\xb5\x2f\xfd and no more of it")
	if status, _, errs := erase("u4", "--dry-run"); status != 3 || !strings.Contains(errs, "old.ndjson.zst") {
		t.Errorf("dry run beside a damaged object: status %d\n%s", status, errs)
	}
	if status, receipt, errs := erase("u4"); status != 3 || receipt != "" || !strings.Contains(errs, "old.ndjson.zst") || !strings.Contains(errs, "hint: ") {
		t.Errorf("beside a damaged object: status %d\n%s%s", status, receipt, errs)
	}
	for key := range c.s3.Objects() {
		if text, err := os.ReadFile(c.s3.Path(key)); err != nil || strings.Contains(string(text), `"u4"`) {
			t.Errorf("%s has something of the person: %v", key, err)
		}
	}
	if err := c.s3.Open().Delete(t.Context(), "raw/year=2026/month=11/day=24/old.ndjson.zst"); err != nil {
		t.Fatal(err)
	}
	if status, receipt, errs := erase("u4"); status != 0 || !strings.Contains(receipt, "signature") {
		t.Errorf("once it is gone: status %d\n%s", status, errs)
	}
}
