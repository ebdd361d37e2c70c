package main

import (
	"context"
	"fmt"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// trackedPath is what is asked for: a short list out of the database.
const trackedPath = "/api/partners/active"

// runTrack measures what tracking costs: the same requests to the same
// server, with every one recorded and with none.
func runTrack(ctx context.Context, s *suite) (*result, error) {
	r := &result{About: fmt.Sprintf("GET %s over %d connections, each call recorded or none", trackedPath, s.connections)}
	var cases []turn
	for _, collect := range []bool{true, false} {
		name := map[bool]string{true: "tracked", false: "untracked"}[collect]
		cases = append(cases, turn{name, func(ctx context.Context) error {
			lake := s.folder("track")
			srv, err := s.serve(ctx, lake, collect, "--demo")
			if err != nil {
				return err
			}
			sample, err := s.count(ctx, lake, "", tpe.TypeAPICall)
			if err != nil {
				_, _ = srv.stop()
				return err
			}
			w, all, err := s.loaded(ctx, srv, trackedPath, "")
			if err != nil {
				return err
			}
			if !collect {
				all = 0
			}
			if err := s.holds(ctx, lake, "", tpe.TypeAPICall, sample.Records+all); err != nil {
				return err
			}
			r.Table.add(name, "requests/CPU s", float64(w.OK)/w.cpu)
			r.Table.add(name, "requests/CPU s, sealed", float64(w.OK)/w.cpuStopped)
			r.Table.add(name, "requests/s", float64(w.OK)/w.Seconds)
			r.Table.add(name, "p50 ms", w.P50)
			r.Table.add(name, "p99 ms", w.P99)
			r.Table.add(name, "peak MB", float64(w.peak)/1e6)
			return nil
		}})
	}
	if err := s.turns(ctx, "track", cases); err != nil {
		return nil, err
	}
	t := &r.Table
	r.figure("tracked/untracked", t.get("tracked", "requests/CPU s").over(t.get("untracked", "requests/CPU s")))
	r.figure("sealed", t.get("tracked", "requests/CPU s, sealed").over(t.get("untracked", "requests/CPU s, sealed")))
	r.figure("tracked_per_cpu_s", t.get("tracked", "requests/CPU s"))
	r.figure("untracked_per_cpu_s", t.get("untracked", "requests/CPU s"))
	r.note("The lake held each tracked call once, and no call without tracking. \"sealed\" counts the server's CPU time until it had sealed the lake and ended.")
	return r, nil
}
