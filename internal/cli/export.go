package cli

import (
	"github.com/spf13/cobra"
)

func newExport(env Env, g *globals) *cobra.Command {
	return group("export", "Hand records on", newExportInteractions(env, g), newExportFinetune(env, g))
}
