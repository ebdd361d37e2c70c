package cli

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/power100/tpe/internal/tpe"
)

// globals are the flags that every command has.
type globals struct {
	lake    string
	envFile string
	json    bool
	quiet   bool
	profile profile
}

// Main runs one command and returns the exit status.
func Main(env Env) int {
	ctx, stop := env.Notify(context.Background())
	defer stop()
	boundMemory(env)
	takeLibraryLog(slog.New(slog.NewJSONHandler(env.Stderr, nil)))
	g := &globals{}
	root := newRoot(env, g)
	root.SetArgs(env.Args)
	err := root.ExecuteContext(ctx)
	if stopped := g.profile.stop(); err == nil {
		err = stopped
	}
	err = fullDisk(err)
	if err != nil {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = &tpe.Error{Code: tpe.Interrupted, Message: "interrupted; run the same command again to finish", Err: nil}
		}
		printError(env, g.json || wantsJSON(env.Args), err)
	}
	return exitStatus(err)
}

// wantsJSON finds --json in arguments that could not be parsed.
func wantsJSON(args []string) bool {
	for _, a := range args {
		if a == "--" {
			return false
		}
		if a == "--json" || a == "--json=true" {
			return true
		}
	}
	return false
}

// newRoot builds the tree of commands. Building it opens nothing.
func newRoot(env Env, g *globals) *cobra.Command {
	root := &cobra.Command{
		Use:   "tpe",
		Short: "Keep every interaction of the platform",
		Long: `tpe keeps every interaction of the Power100 Experience from the first day:
each API call, each conversation with the AI coach, each business outcome.

It starts with nothing configured: "tpe serve --demo" serves the API on
port 3001 and fills a new lake with sample data.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },

		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := noneEmpty(cmd); err != nil {
				return err
			}
			return g.profile.start(env)
		},
	}
	root.SetIn(env.Stdin)
	root.SetOut(env.Stdout)
	root.SetErr(env.Stderr)
	root.CompletionOptions.HiddenDefaultCmd = false
	root.SetHelpCommand(newHelp())
	f := root.PersistentFlags()
	f.StringVar(&g.lake, "lake", "", "the lake's `folder` (default $LAKE_DIR, then ./data-lake)")
	f.StringVar(&g.envFile, "env-file", "", "the `file` with settings (default .env.$TPE_ENV)")
	f.BoolVar(&g.json, "json", false, "print JSON instead of text")
	f.BoolVarP(&g.quiet, "quiet", "q", false, "print no progress")
	f.StringVar(&g.profile.path, "cpuprofile", "", "write a CPU profile to `file`")
	f.Lookup("cpuprofile").Hidden = true // for those who make tpe faster
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &tpe.Error{Code: tpe.Misuse, Err: err, Hint: "see " + cmd.CommandPath() + " --help"}
	})
	root.AddCommand(
		newServe(env, g),
		newValidate(env, g),
		newReplay(env, g),
		newMigrate(env, g),
		newLake(env, g),
		newDB(env, g),
		newUser(env, g),
		newAnalyze(env, g),
		newExport(env, g),
		newSchema(env, g),
		newVersion(env, g),
	)
	completion(root)
	misuse(root)
	return root
}

// noneEmpty refuses a flag that was given and is empty, as --user "$USER_ID"
// is when the variable is not set: it would mean that all are wanted.
func noneEmpty(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && f.Value.Type() == "string" && f.Value.String() == "" {
			err = &tpe.Error{Code: tpe.Misuse, Message: "--" + f.Name + " is empty", Hint: "give it a value, or leave it out"}
		}
	})
	return err
}

// newHelp is the help command. Unlike that of the library it says when there is
// no such command.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use: "help [command]", Short: "Help about any command",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return &tpe.Error{Code: tpe.Misuse, Err: err}
			}
			if len(rest) > 0 {
				return unknownCommand(about, rest[0])
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

// group returns a command that only holds others.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(subs...)
	return cmd
}

func unknownCommand(cmd *cobra.Command, name string) error {
	hint := "see " + cmd.CommandPath() + " --help"
	cmd.SuggestionsMinimumDistance = 2
	if s := cmd.SuggestionsFor(name); len(s) > 0 {
		hint = "did you mean " + strings.Join(s, " or ") + "?"
	}
	return &tpe.Error{Code: tpe.Misuse, Message: "unknown command " + quote(name) + " for " + cmd.CommandPath(), Hint: hint}
}

// misuse makes the argument checks of cmd and its children report misuse.
func misuse(cmd *cobra.Command) {
	check := cmd.Args
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if check == nil {
			return nil
		}
		err := check(cmd, args)
		if err == nil || tpe.CodeOf(err) == tpe.Misuse {
			return err
		}
		if !cmd.HasParent() && len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		return &tpe.Error{Code: tpe.Misuse, Err: err, Hint: "see " + cmd.CommandPath() + " --help"}
	}
	for _, sub := range cmd.Commands() {
		misuse(sub)
	}
}
