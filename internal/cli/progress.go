package cli

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows long work on stderr: a bar on a terminal, else nothing.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress begins to show work. total is in the unit that advance uses;
// -1 when it is not known. inBytes says that the unit is bytes.
func newProgress(env Env, g *globals, what string, total int64, inBytes bool) *progress {
	if g.quiet || g.json || !env.Terminal(env.Stderr) {
		return &progress{}
	}
	return &progress{bar: progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(env.Stderr),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(inBytes),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetPredictTime(total > 0),
		progressbar.OptionEnableColorCodes(env.getenv("NO_COLOR") == ""),
	)}
}

// set shows how far the work is.
func (p *progress) set(done int64) {
	if p.bar != nil {
		_ = p.bar.Set64(done) // a terminal that is gone does not stop the work
	}
}

// update shows how far the work is, and how much there is.
func (p *progress) update(done, total int64) {
	if p.bar != nil {
		p.bar.ChangeMax64(total)
		p.set(done)
	}
}

// finish takes the bar away.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

// shown says whether there is anything to see.
func (p *progress) shown() bool { return p.bar != nil }

// describe changes the text before the bar.
func (p *progress) describe(text string) {
	if p.bar != nil {
		p.bar.Describe(text)
	}
}
