package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/tpe"
)

func newSchema(env Env, g *globals) *cobra.Command {
	return group("schema", "The contract of the records",
		newSchemaLs(env, g), newSchemaShow(env), newSchemaDocs(env, g))
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
		Args:    cobra.ExactArgs(1), ValidArgsFunction: completeType,
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

// schemaDocs is what "tpe schema docs" shows: a page for people, the schemas
// for programs.
type schemaDocs struct{ set *schema.Set }

func (d schemaDocs) Text(w io.Writer) error { return d.set.Markdown(w) }

// MarshalJSON lists the types with their schemas, the base of all at the end.
func (d schemaDocs) MarshalJSON() ([]byte, error) {
	type item struct {
		schemaItem
		Schema json.RawMessage `json:"schema"`
	}
	var list []item
	for _, t := range append(d.set.Types(), d.set.Base()) {
		list = append(list, item{schemaItem{t.Name, t.Title, t.Description}, t.JSON})
	}
	return json.Marshal(list)
}

func newSchemaDocs(env Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "docs", Short: "Print a Markdown page of all tracked events", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			set, err := schema.Default()
			if err != nil {
				return err
			}
			return show(env, g, schemaDocs{set})
		},
	}
}
