// Package spark has Spark make the Parquet files of a lake: it hands the
// statements of package ddl to the program spark-sql of an installation that
// is there already, in one session for all days. What comes out is proven by
// package compact.
package spark

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/power100/tpe/internal/compact"
	"github.com/power100/tpe/internal/compact/ddl"
	"github.com/power100/tpe/internal/tpe"
)

// Engine is an installation of Spark.
type Engine struct {
	Program string    // the path of spark-sql
	Args    []string  // more arguments for it: --master, --conf, ...
	Log     io.Writer // gets what Spark says; may be nil
}

// Find returns the path of spark-sql: that of the installation in home, or
// else the one on the PATH. The error is of the code Misuse.
func Find(home string) (string, error) {
	name := "spark-sql"
	if home != "" {
		name = filepath.Join(home, "bin", name)
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", &tpe.Error{Code: tpe.Misuse, Message: "spark-sql is not here", Err: err,
			Hint: "install Spark 4 and set SPARK_HOME, or use --dry-run to print the SQL and run it elsewhere"}
	}
	return filepath.Abs(path)
}

// Statements returns what Spark is asked for these days.
func (e Engine) Statements(days []compact.EngineDay) []string {
	out := ddl.Settings()
	for _, d := range days {
		out = append(out, ddl.Compaction{Segments: d.Segments, Folder: d.Folder, Files: d.Files}.Statements()...)
	}
	return out
}

// Compact runs the statements. The error is of the code Unavailable; it names
// Spark's own reason, but nothing of the records.
func (e Engine) Compact(ctx context.Context, days []compact.EngineDay) (err error) {
	dir, err := os.MkdirTemp("", "tpe-spark-")
	if err != nil {
		return fmt.Errorf("run Spark: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	script := filepath.Join(dir, "compact.sql")
	if err := os.WriteFile(script, []byte(strings.Join(e.Statements(days), ";\n")+";\n"), 0o600); err != nil {
		return fmt.Errorf("run Spark: %w", err)
	}
	args := append([]string{
		"--conf", "spark.sql.catalogImplementation=in-memory", // the files need no catalog
		"--conf", "spark.sql.warehouse.dir=" + filepath.Join(dir, "warehouse"),
	}, e.Args...)
	cmd := exec.CommandContext(ctx, e.Program, append(args, "-f", script)...)
	cmd.Dir = dir
	var reason reasons
	cmd.Stderr, cmd.Stdout = &reason, io.Discard
	if e.Log != nil {
		cmd.Stderr = io.MultiWriter(&reason, e.Log)
	}
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &tpe.Error{Code: tpe.Unavailable, Message: "spark-sql failed" + reason.last(), Err: err,
			Hint: "nothing was replaced; --dry-run prints the SQL, so that it can be run by hand"}
	}
	return nil
}

// Forget has nothing to remove: a session's view ends with it.
func (e Engine) Forget(context.Context, []compact.EngineDay) error { return nil }

// reasons keeps the end of what a program says.
type reasons struct{ tail []byte }

// reasonsKept is how many bytes are kept.
const reasonsKept = 64 << 10

func (r *reasons) Write(b []byte) (int, error) {
	r.tail = append(r.tail, b...)
	if over := len(r.tail) - reasonsKept; over > 0 {
		r.tail = append(r.tail[:0], r.tail[over:]...)
	}
	return len(b), nil
}

// condition finds the name of an error of Spark. The text after it may quote
// a record, so it is left out.
var condition = regexp.MustCompile(`\[([A-Z][A-Z0-9_]+(?:\.[A-Z0-9_]+)*)\]`)

// last returns the last reason, after ": "; nothing when none is known.
func (r *reasons) last() string {
	found := condition.FindAllSubmatch(r.tail, -1)
	if len(found) == 0 {
		return ""
	}
	return ": " + string(found[len(found)-1][1])
}
