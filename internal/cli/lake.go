package cli

import (
	"context"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/config"
	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

func newLake(env Env, g *globals) *cobra.Command {
	return group("lake", "Look after the lake",
		newLakeStatus(env, g), newLakeCat(env, g), newLakeCompact(env, g), newLakeSync(env, g), newLakeVerify(env, g), newLakeDDL(env, g),
		newLakeQuarantine(env, g), newLakeErase(env, g))
}

// openLake opens a lake that must exist already.
func openLake(ctx context.Context, env Env, g *globals) (*lake.Lake, error) {
	conf, err := loadConfig(ctx, env, g)
	if err != nil {
		return nil, err
	}
	return openLakeOf(ctx, env, conf)
}

func openLakeOf(ctx context.Context, env Env, conf config.Config) (*lake.Lake, error) {
	if _, err := os.Stat(conf.LakeDir); err != nil {
		return nil, &tpe.Error{Code: tpe.NotFound, Message: "open lake", Err: err,
			Hint: "--lake or LAKE_DIR names the folder; tpe serve --demo makes a lake with sample data"}
	}
	return lake.Open(ctx, lakeOptions(env, conf))
}

// mustExist refuses a folder that is no lake: nothing that is said of it would
// mean anything.
func mustExist(l *lake.Lake) error {
	there, err := l.Exists()
	if err == nil && !there {
		err = &tpe.Error{Code: tpe.NotFound, Message: "there is no lake in " + l.Dir(), Hint: "--lake or LAKE_DIR names the folder"}
	}
	return err
}

func lakeOptions(env Env, conf config.Config) lake.Options {
	return lake.Options{
		Dir: conf.LakeDir, Now: env.Now, Compression: string(conf.LakeCompression),
		AlwaysSync: conf.LakeDurability == config.DurabilityDisk,
	}
}

// filterFlags are the flags that choose records.
type filterFlags struct {
	since, until           string
	typ, user, partner, id string
}

func (f *filterFlags) add(cmd *cobra.Command) {
	fs := cmd.Flags()
	f.addTimes(cmd)
	fs.StringVar(&f.typ, "type", "", "only this interaction `type`")
	fs.StringVar(&f.user, "user", "", "only this user `id`")
}

func (f *filterFlags) addTimes(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.since, "since", "", "only from this `time` on: 2026-11-23 (a day of UTC), 2026-11-23T09:00:00Z, or an age such as 7d")
	fs.StringVar(&f.until, "until", "", "only before this `time`")
}

func (f *filterFlags) filter(now time.Time) (lake.Filter, error) {
	out := lake.Filter{Type: f.typ, User: f.user, Partner: f.partner, ID: f.id}
	var err error
	if out.Since, err = parseWhen("--since", f.since, now); err != nil {
		return out, err
	}
	if out.Until, err = parseWhen("--until", f.until, now); err != nil {
		return out, err
	}
	if !out.Since.IsZero() && !out.Until.IsZero() && !out.Since.Before(out.Until) {
		return out, tpe.Errorf(tpe.Misuse, "--since %s is not before --until %s", f.since, f.until)
	}
	return out, nil
}

// parseWhen reads a day, a time, or an age. The zero time stands for "".
func parseWhen(flag, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	if t, err := tpe.ParseTime(s); err == nil {
		return t, nil
	}
	if age, err := parseAge(s); err == nil {
		return now.Add(-age), nil
	}
	return time.Time{}, tpe.Errorf(tpe.Misuse, "%s %s is not a time: use 2026-11-23, 2026-11-23T09:00:00Z, or an age such as 7d or 12h", flag, quote(s))
}

// parseAge reads a duration of Go, or a number of days.
func parseAge(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(s)
}
