package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"image/color"
	"io"
	"slices"
	"strconv"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/spf13/cobra"

	"github.com/power100/tpe/internal/tpe"
)

// value is what a command shows: its text and its JSON come from one place.
type value interface {
	// Text writes the value for people.
	Text(w io.Writer) error
}

// long is a value whose JSON is too long to be held in memory.
type long interface {
	// JSON writes the value as one JSON document.
	JSON(w io.Writer) error
}

// show prints v to stdout: as text, or as one JSON document.
func show(env Env, g *globals, v value) error {
	w := bufio.NewWriter(env.Stdout)
	if l, ok := v.(long); ok && g.json {
		if err := l.JSON(w); err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
	} else if g.json {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return fmt.Errorf("write JSON: %w", err)
		}
	} else if err := v.Text(w); err != nil {
		return fmt.Errorf("write text: %w", err)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write to stdout: %w", err)
	}
	return nil
}

// printError writes an error to stderr: "tpe: ..." and "hint: ...", or one
// JSON object. An error may carry words of a file or of another server.
func printError(env Env, asJSON bool, err error) {
	hint := tpe.HintOf(err)
	if asJSON {
		_ = json.NewEncoder(env.Stderr).Encode(struct {
			Type    string   `json:"type"`
			Code    tpe.Code `json:"code"`
			Message string   `json:"message"`
			Hint    string   `json:"hint,omitempty"`
		}{"error", tpe.CodeOf(err), err.Error(), hint})
		return
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(env.Stderr, "%s %s\n", colour(env, env.Stderr, "tpe:", lipgloss.Red), tpe.Shown(line))
	}
	if hint != "" {
		fmt.Fprintf(env.Stderr, "%s %s\n", colour(env, env.Stderr, "hint:", lipgloss.Cyan), tpe.Shown(hint))
	}
}

// colour makes text stand out on a terminal. Pipes and NO_COLOR get it plain.
func colour(env Env, w io.Writer, text string, c color.Color) string {
	if env.getenv("NO_COLOR") != "" || !env.Terminal(w) {
		return text
	}
	return lipgloss.NewStyle().Bold(true).Foreground(c).Render(text)
}

func quote(s string) string { return strconv.Quote(s) }

// count writes n with thousands separated, and the noun in the right number.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	neg := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(s, "-")
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	if neg {
		s = "-" + s
	}
	return s
}

// bytesText writes a size in the largest binary unit that keeps it above 1.
func bytesText(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	f, unit := float64(n)/1024, "KiB"
	for _, u := range []string{"MiB", "GiB", "TiB"} {
		if f < 1024 {
			break
		}
		f, unit = f/1024, u
	}
	return fmt.Sprintf("%.1f %s", f, unit)
}

// oneForm refuses --json beside a --format that is no JSON.
func oneForm(cmd *cobra.Command, g *globals, jsons ...string) error {
	f := cmd.Flags().Lookup("format")
	if !g.json || !f.Changed || slices.Contains(jsons, f.Value.String()) {
		return nil
	}
	return tpe.Errorf(tpe.Misuse, "--json and --format %s are two forms: give one", quote(f.Value.String()))
}
