package spark

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/power100/tpe/internal/compact"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// installed returns the Spark that make peers installs.
func installed(t *testing.T) string {
	t.Helper()
	homes, err := filepath.Glob(filepath.Join(os.Getenv("TPE_PEERS"), "python", "lib", "python3*", "site-packages", "pyspark"))
	_, java := exec.LookPath("java")
	if err != nil || len(homes) == 0 || java != nil || os.Getenv("TPE_PEERS") == "" {
		missing(t, "Spark")
	}
	return homes[0]
}

// lines are records that fit the columns in every way, and in none.
func lines() []string {
	out := []string{
		`{"interaction_id":"i1","timestamp":"2026-11-23T09:00:00.123Z","interaction_type":"ai_concierge","user_id":"u","ai_conversation":{"messages":[{"role":"user","content":"héllo\n\"q\" \\ 😀","timestamp":"2026-11-23T09:00:01.000Z","tokens":7,"mood":"good"},{"role":"assistant","content":"","tokens":1.5},{}],"total_tokens":42,"cost":0.0021},"strange":[1,{"a":null}]}`,
		`{"interaction_id":"i2","timestamp":"2026-11-23T10:00:00.000Z","interaction_type":"api_call","user_id":7,"api_call":{"method":"GET","response_status":404,"response_time_ms":1.25,"query_params":{"q":"x"},"request_body":{"a":[1,2,1e3,-0.5]},"aborted":false},"experiments":{"k":"v","l":"w"}}`,
		`{"interaction_id":"i3","timestamp":"not a time","interaction_type":"deal_closed","outcomes":{"partner_matched":true,"deal_value":12500.50,"match_reasons":["a","b"]},"experiments":{},"metadata":{"location":{"state":"TX","zip":1},"ip_address":"::1"}}`,
		`{"interaction_id":"i4","interaction_type":"deal_closed","outcomes":{"partner_matched":"yes","deal_value":"$1","match_reasons":[]},"api_call":{},"feedback":null,"ai_conversation":{"messages":[]}}`,
		`{"interaction_id":"i5","timestamp":"2026-11-23T10:00:00Z","interaction_type":"feedback","feedback":{"rating":1234567890.12345678,"comment":""},"outcomes":{"match_reasons":["a",1]},"experiments":{"k":1},"ai_conversation":{"messages":["x"],"total_tokens":9223372036854775808}}`,
		`{}`, "",
	}
	for i := range 3000 {
		out = append(out, fmt.Sprintf(`{"interaction_id":"%08d-aaaa","timestamp":"2026-11-23T%02d:00:%02d.%03dZ","interaction_type":"api_call","user_id":"u%d","api_call":{"method":"GET","path":"/p/%d","response_status":%d,"response_time_ms":%d.%02d},"metadata":{"ip_address":"10.0.0.%d"}}`,
			i*7919%3000, i%24, i%60, i%1000, i%50, i%9, 200+i%5, i%300, i%100, i%250))
	}
	return out
}

// withMore returns a program that runs spark-sql with the arguments that it is
// given, and in the same session, after the script, more statements. What is
// printed goes to a file. Starting Spark takes longer than all the rest.
func withMore(t *testing.T, program string, statements []string) (wrapper, printed string) {
	t.Helper()
	dir := t.TempDir()
	wrapper, printed = filepath.Join(dir, "spark-sql"), filepath.Join(dir, "printed")
	more := filepath.Join(dir, "more.sql")
	script := fmt.Sprintf("#!/bin/sh\nset -e\nfor last; do :; done\ncat '%s' >> \"$last\"\nexec '%s' \"$@\" > '%s'\n", more, program, printed)
	for path, text := range map[string]string{more: strings.Join(statements, ";\n") + ";\n", wrapper: script} {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return wrapper, printed
}

// quick are arguments for few records: compiling the queries, and the program
// itself, would take longest.
var quick = []string{
	"--master", "local[2]", "--driver-java-options", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
	"--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=2",
	"--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.driver.bindAddress=127.0.0.1",
	"--conf", "spark.sql.codegen.wholeStage=false", "--conf", "spark.sql.codegen.factoryMode=NO_CODEGEN",
}

// Spark makes the same files as compaction itself: the same rows in the same
// order, proven by content; verify reads them. And it says the same as DuckDB
// and pyarrow of the files that compaction makes.
func TestSpark(t *testing.T) {
	program, err := Find(installed(t))
	if err != nil {
		t.Fatal(err)
	}
	peer(t, "DuckDB", "node_modules", "@duckdb", "node-api")
	t.Setenv("SPARK_HOME", installed(t))
	t.Setenv("SPARK_LOCAL_IP", "127.0.0.1")
	t.Setenv("TZ", "America/New_York") // nothing may depend on it
	asked := newAsked(t)
	wrapper, printed := withMore(t, program, asked.spark)
	compacted(t, Engine{Program: wrapper, Args: quick})
	out, err := os.ReadFile(printed)
	if err != nil {
		t.Fatal(err)
	}
	asked.agree(t, string(out))
}

// compacted compacts a lake with the engine, and without.
func compacted(t *testing.T, with Engine) {
	t.Helper()
	ctx := context.Background()
	var proofs [2]string
	var rows [2][]string
	for i, engine := range []compact.Engine{nil, with} {
		l, err := lake.Open(ctx, lake.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		all := lines()
		write(t, l, "20261123T000000Z-0123abcd-000001.ndjson", all[:1500])
		write(t, l, "20261123T000000Z-0123abcd-000002.ndjson.zst", all[1400:]) // some come twice
		r, err := compact.Run(ctx, l, compact.Options{Engine: engine, FileBytes: 40_000})
		if err != nil {
			t.Fatal(err)
		}
		if r.Written != 1 || r.Duplicates != 100 || (engine != nil) != (len(r.Statements) > 0) {
			t.Fatalf("%+v", r)
		}
		proofs[i] = r.Days[0].Proof
		if v, err := compact.Verify(ctx, l, compact.Options{}); err != nil {
			t.Fatalf("%+v: %v", v, err)
		}
		for tp, err := range compact.Records(ctx, l, lake.Filter{}) {
			if err != nil {
				t.Fatal(err)
			}
			rows[i] = append(rows[i], fmt.Sprintf("%s %x", id(tp), tp.ContentHash()))
		}
		if _, err := os.Stat(filepath.Join(l.Dir(), "engine.tmp")); !os.IsNotExist(err) {
			t.Error("the scratch folder is still there", err)
		}
	}
	if proofs[0] != proofs[1] || strings.Join(rows[0], "\n") != strings.Join(rows[1], "\n") {
		t.Errorf("proofs %v, %d and %d rows", proofs, len(rows[0]), len(rows[1]))
	}
}

func id(t *tape.Tape) string {
	n, ok := t.Find("interaction_id")
	if !ok {
		return ""
	}
	return t.Text(n)
}

// write writes a sealed segment of the day.
func write(t *testing.T, l *lake.Lake, name string, lines []string) {
	t.Helper()
	path := filepath.Join(l.Dir(), "raw", "year=2026", "month=11", "day=23", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	data := []byte(strings.Join(lines, "\n") + "\n")
	if strings.HasSuffix(name, ".zst") {
		z, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		data = z.EncodeAll(data, nil)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What Spark says may quote a record: only the name of its error is shown.
func TestFailure(t *testing.T) {
	program := filepath.Join(t.TempDir(), "spark-sql")
	script := "#!/bin/sh\necho '[MALFORMED_RECORD.WITHOUT] Malformed: {\"email\":\"ann@example.com\"}' >&2\nexit 1\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	err := Engine{Program: program}.Compact(context.Background(), []compact.EngineDay{{Segments: "x", Folder: "y", Files: 1}})
	if tpe.CodeOf(err) != tpe.Unavailable || !strings.Contains(err.Error(), "spark-sql failed: MALFORMED_RECORD.WITHOUT") || strings.Contains(err.Error(), "ann@") {
		t.Error(err)
	}
}
