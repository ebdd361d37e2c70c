package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// What was recorded of the older service (Node.js 20, SQLite, 32 connections,
// 2 cores) in another run, on another day: milliseconds of CPU time for one
// GET /api/partners/active with its collection of data on, and off. Nothing
// was recorded of the other two requests.
const (
	oldTracked   = 3.76
	oldUntracked = 0.98
)

// apiLogins is how many accounts sign in at once: one account may not be
// tried more than a few times at once from one address.
const apiLogins = 8

// runAPI measures the requests that the front end sends most: the list of
// partners, the beginning of a contractor's flow, and signing in.
func runAPI(ctx context.Context, s *suite) (*result, error) {
	data := "the sample data"
	if s.database != "" {
		data = "a copy of " + filepath.Base(s.database)
	}
	r := &result{About: fmt.Sprintf("the API on SQLite with %s, each call recorded; %d connections, %d for logins", data, s.connections, apiLogins)}
	const phrase = "Correct-horse-7"
	all := []struct {
		name, path, body string
		connections      int
	}{
		{name: "GET partners/active", path: trackedPath},
		{name: "POST verify-start", path: "/api/contractors/verify-start", body: `{"name":"Dana W","email":"c{n}@x.example","phone":"1{n}","company_name":"Whitfield"}`},
		{name: "POST auth/login", path: "/api/auth/login", body: `{"email":"a{w}@x.example","password":"` + phrase + `"}`, connections: apiLogins},
	}
	var cases []turn
	for _, c := range all {
		cases = append(cases, turn{c.name, func(ctx context.Context) error {
			lake := s.folder("api")
			if err := s.platform(ctx, lake, phrase); err != nil {
				return err
			}
			srv, err := s.serve(ctx, lake, true, s.sample()...)
			if err != nil {
				return err
			}
			w, _, err := s.loadedWith(ctx, srv, load{URL: srv.url + c.path, Body: c.body, Connections: c.connections})
			if err != nil {
				return err
			}
			r.Table.add(c.name, "requests/CPU s", float64(w.OK)/w.cpu)
			r.Table.add(c.name, "CPU ms/request", w.cpu*1e3/float64(w.OK))
			r.Table.add(c.name, "requests/s", float64(w.OK)/w.Seconds)
			r.Table.add(c.name, "p50 ms", w.P50)
			r.Table.add(c.name, "p99 ms", w.P99)
			r.Table.add(c.name, "peak MB", float64(w.peak)/1e6)
			return nil
		}})
	}
	if err := s.turns(ctx, "api", cases); err != nil {
		return nil, err
	}
	perSecond := map[string]series{}
	for _, c := range all {
		name := strings.NewReplacer("/", "_", "-", "_").Replace(c.name[strings.IndexByte(c.name, ' ')+1:])
		perSecond[name] = r.Table.get(c.name, "requests/CPU s")
		r.figure(name+"_per_cpu_s", perSecond[name])
	}
	r.figure("partners_active/recorded", perSecond["partners_active"].times(oldTracked/1e3))
	r.figure("partners_active/recorded_untracked", perSecond["partners_active"].times(oldUntracked/1e3))
	r.note("Recorded of the older service, not measured here: GET partners/active %s ms of CPU a request with its collection on, %s ms with it off; nothing of the other two.", plain(oldTracked), plain(oldUntracked))
	r.note("A login costs what its hash costs: argon2id with 19 MiB, 2 passes, 1 lane.")
	return r, nil
}

// sample are the flags that fill a server with sample data, where there is no
// database to copy.
func (s *suite) sample() []string {
	if s.database != "" {
		return nil
	}
	return []string{"--demo"}
}

// platform makes the database of a server that is to be started on a lake,
// with the accounts that sign in.
func (s *suite) platform(ctx context.Context, lake, password string) error {
	if s.database != "" {
		if err := copyFile(s.database, lake+".db"); err != nil {
			return err
		}
	}
	for n := range apiLogins {
		c := s.tpeRun(lake, "user", "add", fmt.Sprintf("a%d@x.example", n))
		c.env = append(c.env, databaseOf(lake))
		if _, _, err := c.run(ctx, strings.NewReader(password+"\n")); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
