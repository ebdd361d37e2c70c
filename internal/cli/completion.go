package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/finetune"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/tpe"
)

// completion adds the command that writes the scripts of shells, and the
// values that they offer.
func completion(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "completion" { // unlike that of the library it knows no other shells
			whole := group("", "")
			cmd.Args, cmd.RunE = whole.Args, whole.RunE
		}
	}
	for _, o := range []struct{ command, flag, values string }{
		{"validate", "format", "text json sarif junit github"},
		{"migrate", "on-conflict-schema", "fail drop keep"},
		{"migrate", "orphans", "keep null reject"},
		{"lake cat", "format", "ndjson json csv parquet"},
		{"lake cat", "from", "raw parquet"},
		{"lake compact", "engine", "spark athena"},
		{"lake ddl", "engine", "athena duckdb spark trino"},
		{"lake erase", "user-type", strings.Join(tpe.Accounts(), " ")},
		{"analyze consistency", "format", "text json md html"},
		{"export interactions", "format", "ndjson csv parquet"},
		{"export interactions", "from", "raw parquet"},
		{"user reset", "role", "admin partner"},
		{"user off", "role", "admin partner"},
		{"user on", "role", "admin partner"},
		{"export finetune", "outcome", strings.Join(finetune.Outcomes(), " ")},
	} {
		cmd, _, err := root.Find(strings.Fields(o.command))
		if err == nil {
			err = cmd.RegisterFlagCompletionFunc(o.flag, cobra.FixedCompletions(strings.Fields(o.values), cobra.ShellCompDirectiveNoFileComp))
		}
		if err != nil {
			panic("offer values of " + o.command + " --" + o.flag + ": " + err.Error()) // the list above names a flag that is not there
		}
	}
}

// completeType offers the types of records.
func completeType(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	set, err := schema.Default()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, t := range append(set.Types(), set.Base()) {
		names = append(names, t.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
