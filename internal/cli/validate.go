package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/source"
	"github.com/power100/tpe/internal/tpe"
	"github.com/power100/tpe/internal/validate"
)

type validateOptions struct {
	paths       []string
	format      string
	strict      bool
	upcast      bool
	schemaDir   string
	maxFindings int64
}

func newValidate(env Env, g *globals) *cobra.Command {
	var o validateOptions
	cmd := &cobra.Command{
		Use:   "validate [PATH...|-]",
		Short: "Check records against the contract",
		Long: `Check records against the contract and report every fault as file:line:column
and JSON Pointer. PATH is a file or a folder with .ndjson, .jsonl or .json
records, plain, .gz or .zst; "-" reads stdin; nothing means the lake.

Exit status 0: all records are valid. 3: some are not. 4: there was no record.`,
		Example: `  tpe validate
  tpe validate data-lake/raw --strict
  tpe validate old-lake --upcast --format sarif > tpe.sarif
  curl -s https://tpe.example/export | tpe validate -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.paths = args
			if err := oneForm(cmd, g, "json"); err != nil {
				return err
			}
			return runValidate(cmd.Context(), env, g, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "text", "`form` of the report: text, json, sarif, junit or github")
	f.BoolVar(&o.strict, "strict", false, "a type without a schema of its own is a fault")
	f.BoolVar(&o.upcast, "upcast", false, "turn records of the old service first, as replay does")
	f.StringVar(&o.schemaDir, "schema", "", "use the schemas of this `folder` (or one schema file) instead of the contract")
	f.Int64Var(&o.maxFindings, "max-findings", 1000, "show at most `N` faults, 0 for all; all are counted")
	return cmd
}

func runValidate(ctx context.Context, env Env, g *globals, o validateOptions) error {
	format := validate.Format(o.format)
	if g.json {
		format = validate.JSON
	}
	if !slices.Contains(validate.Formats(), format) {
		return tpe.Errorf(tpe.Misuse, "--format %s is not known: use text, json, sarif, junit or github", quote(o.format))
	}
	if o.maxFindings < 0 {
		return tpe.Errorf(tpe.Misuse, "--max-findings %d is below 0", o.maxFindings)
	}
	set, err := openSchemas(o.schemaDir)
	if err != nil {
		return err
	}
	in, err := validateInput(ctx, env, g, o.paths)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(env.Stdout, 64<<10)
	report := validate.NewReporter(format, out, o.maxFindings, appVersion().Version)
	sum, err := validate.Run(ctx, in, validate.Options{Set: set, Strict: o.strict, Upcast: o.upcast, Workers: runtime.GOMAXPROCS(0)}, report)
	if flushErr := out.Flush(); err == nil && flushErr != nil {
		err = fmt.Errorf("write report: %w", flushErr)
	}
	if err != nil {
		return err
	}
	return sum.Err()
}

// openSchemas opens the schemas of a folder or one file, or the contract.
func openSchemas(path string) (*schema.Set, error) {
	if path == "" {
		return schema.Default()
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "open schemas", Err: err, Hint: "--schema takes a folder with interaction.schema.json, or one schema file"}
	}
	if info.IsDir() {
		return schema.Open(os.DirFS(path))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read schema: %w", err)
	}
	return schema.Single(path, text)
}

// validateInput turns arguments into what is to be checked.
func validateInput(ctx context.Context, env Env, g *globals, paths []string) (validate.Input, error) {
	if slices.Contains(paths, "-") {
		if len(paths) > 1 {
			return validate.Input{}, tpe.Errorf(tpe.Misuse, "- (stdin) stands alone, not beside other paths")
		}
		return validate.Input{Stream: env.Stdin, Name: "stdin"}, nil
	}
	if len(paths) == 0 {
		conf, err := loadConfig(ctx, env, g)
		if err != nil {
			return validate.Input{}, err
		}
		paths = []string{conf.LakeDir}
	}
	files, err := source.Find(paths)
	if err != nil {
		return validate.Input{}, err
	}
	return validate.Input{Files: files}, nil
}
