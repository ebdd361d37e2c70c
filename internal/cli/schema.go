package cli

import (
	"bufio"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/tpe"
)

func newSchema(env Env, g *globals) *cobra.Command {
	return group("schema", "The contract of the records",
		newSchemaLs(env, g), newSchemaShow(env), newSchemaDocs(env))
}

// schemaList is what "tpe schema ls" shows.
type schemaList []schemaItem

type schemaItem struct {
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

func (l schemaList) Text(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, t := range l {
		fmt.Fprintf(tw, "%s\t%s\n", t.Type, t.Title)
	}
	return tw.Flush()
}

func newSchemaLs(env Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: "List the types of records", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			set, err := schema.Default()
			if err != nil {
				return err
			}
			list := schemaList{}
			for _, t := range set.Types() {
				list = append(list, schemaItem{t.Name, t.Title, t.Description})
			}
			return show(env, g, list)
		},
	}
}

func newSchemaShow(env Env) *cobra.Command {
	return &cobra.Command{
		Use: "show TYPE", Short: "Print the JSON Schema of a type, or of \"interaction\", the base of all",
		Example: "  tpe schema show api_call",
		Args:    cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			set, err := schema.Default()
			if err != nil {
				return err
			}
			for _, t := range append(set.Types(), set.Base()) {
				if t.Name == args[0] {
					_, err = env.Stdout.Write(t.JSON)
					return err
				}
			}
			return &tpe.Error{Code: tpe.NotFound, Message: "there is no schema for " + quote(args[0]), Hint: "tpe schema ls lists the types"}
		},
	}
}

func newSchemaDocs(env Env) *cobra.Command {
	return &cobra.Command{
		Use: "docs", Short: "Print a Markdown page of all tracked events", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			set, err := schema.Default()
			if err != nil {
				return err
			}
			w := bufio.NewWriter(env.Stdout)
			if err := set.Markdown(w); err != nil {
				return fmt.Errorf("write page: %w", err)
			}
			return w.Flush()
		},
	}
}
