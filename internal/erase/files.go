package erase

import (
	"context"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/person"
)

// filesOfLake are the lake's own files: segments, older layouts, quarantine,
// and the indexes of them.
type filesOfLake struct {
	lake    *lake.Lake
	erasure string
	until   time.Time
	wait    time.Duration
	roles   map[string]uint64 // that the last Look found
}

// Name names the place in reports.
func (*filesOfLake) Name() string { return "lake" }

// Look reads every file.
func (f *filesOfLake) Look(ctx context.Context, p person.Person, each func(string)) (person.Found, error) {
	return f.run(ctx, p, each, true)
}

// Erase rewrites the files that are concerned.
func (f *filesOfLake) Erase(ctx context.Context, p person.Person, each func(string)) (person.Found, error) {
	return f.run(ctx, p, each, false)
}

func (f *filesOfLake) run(ctx context.Context, p person.Person, each func(string), dryRun bool) (person.Found, error) {
	r, err := f.lake.Erase(ctx, lake.EraseOptions{
		Erasure: f.erasure, Person: p, Until: f.until, DryRun: dryRun, Wait: f.wait,
		File: func(file lake.ErasedFile) { each(file.Path) },
	})
	f.roles = r.Roles
	found := person.Found{Files: uint64(r.Files), Records: r.Records, Redacted: r.Redacted, Unread: r.Unread}
	if err != nil {
		return found, err
	}
	strangers, err := f.lake.Strangers()
	found.Unread = append(found.Unread, strangers...)
	return found, err
}

// erased returns what was found, with the counts of every time that the
// erasure was begun.
func (f *filesOfLake) erased(ctx context.Context, found person.Found) (person.Found, error) {
	counts, err := f.lake.Erased(ctx, f.erasure)
	found.Files, found.Records, found.Redacted = 0, 0, 0
	for _, c := range counts {
		found.Files += c.Files
		found.Records += c.Records
		found.Redacted += c.Redacted
	}
	return found, err
}
