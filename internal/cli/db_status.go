package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/sqldb"
)

func newDBStatus(env Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "List the schema's versions, and which are applied", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDBStatus(cmd.Context(), env, g) },
	}
}

func newDBVersion(env Env, g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version of the schema", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDBVersion(cmd.Context(), env, g) },
	}
}

// dbStatus is what db status shows.
type dbStatus struct {
	Database string          `json:"database"`
	Version  int64           `json:"version"`
	Latest   int64           `json:"latest"`
	Versions []sqldb.Version `json:"versions"`
}

// Text writes the status for people.
func (s dbStatus) Text(w io.Writer) error {
	if _, err := fmt.Fprintln(w, s.Database); err != nil {
		return err
	}
	for _, v := range s.Versions {
		at := "to be applied"
		if v.Applied != nil {
			at = v.Applied.Format(time.DateTime)
		}
		if _, err := fmt.Fprintf(w, "  %-28s %s\n", v.Name, at); err != nil {
			return err
		}
	}
	return nil
}

// dbVersion is what db version shows.
type dbVersion struct {
	Version int64 `json:"version"`
}

// Text writes the version for people.
func (v dbVersion) Text(w io.Writer) error {
	_, err := fmt.Fprintln(w, v.Version)
	return err
}

func runDBStatus(ctx context.Context, env Env, g *globals) error {
	s, err := readDBStatus(ctx, env, g)
	if err != nil {
		return err
	}
	return show(env, g, s)
}

func runDBVersion(ctx context.Context, env Env, g *globals) error {
	s, err := readDBStatus(ctx, env, g)
	if err != nil {
		return err
	}
	return show(env, g, dbVersion{s.Version})
}

func readDBStatus(ctx context.Context, env Env, g *globals) (dbStatus, error) {
	conf, err := databaseConfig(ctx, env, g)
	if err != nil {
		return dbStatus{}, err
	}
	s := dbStatus{Database: conf.DatabaseURL.String()}
	if s.Versions, err = sqldb.Versions(ctx, conf.DatabaseURL.Source()); err != nil {
		return s, err
	}
	for _, v := range s.Versions {
		s.Latest = v.Number
		if v.Applied != nil {
			s.Version = v.Number
		}
	}
	return s, nil
}
