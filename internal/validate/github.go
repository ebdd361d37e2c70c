package validate

import (
	"fmt"
	"io"
	"strings"
)

// maxGitHub is the number of annotations of one kind that GitHub shows for a
// step. The rest would vanish without a word.
const maxGitHub = 10

// githubReporter writes workflow commands, which GitHub turns into
// annotations.
type githubReporter struct {
	w    io.Writer
	max  int64
	held []Fault
}

func (r *githubReporter) File(string) error { return nil }

func (r *githubReporter) Fault(f *Fault) error {
	if int64(len(r.held)) < r.max {
		r.held = append(r.held, *f)
	}
	return nil
}

func (r *githubReporter) Close(s *Summary) error {
	shown := r.held
	if s.Faults > int64(len(shown)) && len(shown) == maxGitHub {
		shown = shown[:len(shown)-1] // the last annotation tells the total
	}
	for i := range shown {
		f := &shown[i]
		if _, err := fmt.Fprintf(r.w, "::error file=%s,line=%d,col=%d,title=%s::%s\n",
			githubProperty.Replace(f.File), f.Line, f.Column, githubProperty.Replace("tpe validate: "+f.Rule), githubData.Replace(f.text())); err != nil {
			return err
		}
	}
	if s.Faults > int64(len(shown)) {
		if _, err := fmt.Fprintf(r.w, "::error title=tpe validate::%s\n",
			githubData.Replace(fmt.Sprintf("%s. The first %s shown.", s, plural(int64(len(shown)), "fault")+verb(len(shown))))); err != nil {
			return err
		}
	}
	return nil
}

func verb(n int) string {
	if n == 1 {
		return " is"
	}
	return " are"
}

// The escapes of GitHub's workflow commands.
var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
