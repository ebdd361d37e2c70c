package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// growth is how many times more records the second size has.
const growth = 10

// runMemory measures the most memory that each command takes, for some
// records and for many more. It must not grow with them.
func runMemory(ctx context.Context, s *suite) (*result, error) {
	r := &result{About: fmt.Sprintf("the peak of each command for %s records and for %s", grouped(float64(s.records)), grouped(float64(growth*s.records)))}
	sizes := []int{s.records, growth * s.records}
	for _, n := range sizes {
		if err := s.peaks(ctx, r, n); err != nil {
			return nil, err
		}
	}
	var most, ratio float64
	for _, row := range r.Table.rows {
		few, many := row.cells[peakColumn(sizes[0])].median(), row.cells[peakColumn(sizes[1])].median()
		most, ratio = max(most, many), max(ratio, many/few)
	}
	r.figure("most_growth", series{ratio})
	r.figure("most_mb", series{most})
	for _, row := range r.Table.rows {
		r.figure(row.name+"_mb", row.cells[peakColumn(sizes[1])])
	}
	return r, nil
}

func peakColumn(n int) string { return "peak MB at " + grouped(float64(n)) }

// peaks takes n records through the commands, in the order in which a user
// would.
func (s *suite) peaks(ctx context.Context, r *result, n int) (err error) {
	data, _, err := s.records30(n)
	if err != nil {
		return err
	}
	lake := s.folder("memory")
	defer func() { err = errors.Join(err, os.RemoveAll(lake), os.Remove(data)) }()
	for _, step := range []struct {
		name string
		args []string
	}{
		{"validate", []string{"validate", data}},
		{"replay", []string{"replay", data, "--to", "lake"}},
		{"status", []string{"lake", "status"}},
		{"cat", []string{"lake", "cat"}},
		{"compact", []string{"lake", "compact"}},
		{"verify", []string{"lake", "verify"}},
	} {
		s.say("memory: %s of %d records", step.name, n)
		u, err := s.tpeRun(lake, step.args...).discard(ctx)
		if err != nil {
			return err
		}
		r.Table.add(step.name, peakColumn(n), float64(u.peak)/1e6)
		r.Table.add(step.name, "CPU s at "+grouped(float64(n)), u.cpu.Seconds())
		r.Table.add(step.name, "wall s at "+grouped(float64(n)), u.wall.Seconds())
	}
	return nil
}
