package compact

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/compact/ddl"
)

// DuckDB reads the folders of a lake as one table, partitioned by day, while
// manifests and unfinished files lie beside the Parquet files.
func TestDuckDBReadsTheLake(t *testing.T) {
	peers := os.Getenv("TPE_PEERS")
	modules := filepath.Join(peers, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "@duckdb", "node-api")); peers == "" || err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("DuckDB is not installed: run make peers and set TPE_PEERS")
		}
		t.Skip("DuckDB is not installed: make test installs it with npm")
	}
	l := newTestLake(t)
	for i, day := range []string{monday, tuesday} {
		var records []string
		for n := range 2000 * (i + 1) {
			records = append(records, call(fmt.Sprint(day, n), day, fmt.Sprintf("%02d", n%24), fmt.Sprint("t", n%3), fmt.Sprintf(`,"outcomes":{"partner_matched":%v}`, n%4 == 0)))
		}
		l.seal(day, records...)
	}
	l.run(Options{FileBytes: 20_000})
	l.run(Options{})
	dir := filepath.Join(l.Dir(), "parquet")
	if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(folder(t, monday)), fmt.Sprintf(tmpPattern, 7)), []byte("not finished"), 0o600); err != nil {
		t.Fatal(err)
	}
	const script = `
		const { DuckDBInstance } = require(process.argv[1] + '/@duckdb/node-api');
		(async () => {
			const c = await (await DuckDBInstance.create(':memory:')).connect();
			const sql = "SELECT year, month, day, interaction_type, count(*), count(*) FILTER (outcomes.partner_matched) " +
				"FROM read_parquet('" + process.argv[2] + "/**/*.parquet', hive_partitioning = true) GROUP BY ALL ORDER BY ALL";
			console.log(JSON.stringify((await c.runAndReadAll(sql)).getRowsJson()));
		})().catch((e) => { console.error(e.message); process.exit(1); });`
	out, err := exec.CommandContext(t.Context(), "node", "-e", script, modules, dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := `[["2026","11","23","t0","667","167"],["2026","11","23","t1","667","167"],["2026","11","23","t2","666","166"],` +
		`["2026","11","24","t0","1334","334"],["2026","11","24","t1","1333","333"],["2026","11","24","t2","1333","333"]]`
	if got := strings.TrimSpace(string(out)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// The statements for DuckDB read the lake that is named, whatever its name.
func TestDuckDBReadsALakeOfAnyName(t *testing.T) {
	modules := filepath.Join(os.Getenv("TPE_PEERS"), "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "@duckdb", "node-api")); err != nil {
		t.Skip("DuckDB is not installed: make test installs it with npm")
	}
	l := newTestLake(t)
	l.seal(monday, call("a", monday, "10", "t", ""))
	l.run(Options{})
	root := t.TempDir()
	named := filepath.Join(root, "it's a* [1]?")
	for _, dir := range []string{named, filepath.Join(root, "it's ab 1c")} {
		if err := os.CopyFS(filepath.Join(dir, "parquet"), os.DirFS(filepath.Join(l.Dir(), "parquet"))); err != nil {
			t.Fatal(err)
		}
	}
	s, err := ddl.Statements(ddl.Options{Engine: ddl.DuckDB, Location: filepath.ToSlash(named)})
	if err != nil {
		t.Fatal(err)
	}
	const script = `
		const { DuckDBInstance } = require(process.argv[1] + '/@duckdb/node-api');
		(async () => {
			const c = await (await DuckDBInstance.create(':memory:')).connect();
			await c.run(process.argv[2]);
			console.log(JSON.stringify((await c.runAndReadAll('SELECT count(*) FROM interactions')).getRowsJson()));
		})().catch((e) => { console.error(e.message); process.exit(1); });`
	out, err := exec.CommandContext(t.Context(), "node", "-e", script, modules, s.Statements[0].SQL).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != `[["1"]]` {
		t.Errorf("%v: %s", err, out)
	}
}
