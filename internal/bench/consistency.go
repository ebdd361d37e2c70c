package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The sizes that the analysis of consistency is measured with.
const (
	manyPartners = 1000
	longDemo     = 1 << 20 // bytes
)

// partner is one line of a file of partners.
type partner struct {
	ID        string     `json:"partner_id"`
	Name      string     `json:"name"`
	Documents []document `json:"documents"`
}

type document struct {
	ID    string `json:"id"`
	Group string `json:"group"`
	Text  string `json:"text"`
}

// runConsistency measures the analysis of one partner, of one with a
// transcript of a megabyte, and of a thousand, each with the start of the
// program.
func runConsistency(ctx context.Context, s *suite) (*result, error) {
	all, err := readPartners(s.partners)
	if err != nil {
		return nil, err
	}
	few := make([]partner, 0, manyPartners)
	for i := range manyPartners {
		p := all[i%len(all)]
		p.ID = fmt.Sprintf("p%d", i)
		few = append(few, p)
	}
	long := all[0]
	long.Documents = append(long.Documents[:len(long.Documents):len(long.Documents)], document{"long", "demo", talk(all, longDemo)})
	r := &result{About: fmt.Sprintf("tpe analyze consistency: 1 partner of %d documents, one with a transcript of 1 MiB more, %s partners",
		len(all[0].Documents), grouped(manyPartners))}
	var cases []turn
	for _, c := range []struct {
		name     string
		partners []partner
	}{{"one", all[:1]}, {"long", []partner{long}}, {"many", few}} {
		path := filepath.Join(s.dir, "partners-"+c.name+".jsonl")
		if err := writePartners(path, c.partners); err != nil {
			return nil, err
		}
		cases = append(cases, turn{c.name, func(ctx context.Context) error {
			u, out, err := s.tpeRun(s.dir, "analyze", "consistency", "--file", path, "--all", "--json").run(ctx, nil)
			if n := bytes.Count(out, []byte("\n")); err == nil && n != len(c.partners) {
				err = fmt.Errorf("%d reports on %d partners", n, len(c.partners))
			}
			if err == nil {
				r.Table.addUsage(c.name, u)
			}
			return err
		}})
	}
	if err := s.turns(ctx, "consistency", cases); err != nil {
		return nil, err
	}
	t := &r.Table
	r.figure("one_cpu_s", t.get("one", "CPU s"))
	r.figure("long_wall_s", t.get("long", "wall s"))
	r.figure("many_wall_s", t.get("many", "wall s"))
	r.figure("many_peak_mb", t.get("many", "peak MB"))
	r.note("The partners are those of %s, over and over under other names.", filepath.Base(s.partners))
	return r, nil
}

func readPartners(path string) ([]partner, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the partners (-partners): %w", err)
	}
	var all []partner
	for line := range bytes.Lines(text) {
		var p partner
		if err := json.Unmarshal(line, &p); err != nil {
			return nil, fmt.Errorf("read the partners (-partners): %w", err)
		}
		all = append(all, p)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("read the partners (-partners): %s is empty", path)
	}
	return all, nil
}

func writePartners(path string, partners []partner) error {
	out, err := create(path)
	if err != nil {
		return err
	}
	for _, p := range partners {
		var line []byte
		if line, err = json.Marshal(p); err == nil {
			err = out.line(line)
		}
		if err != nil {
			break
		}
	}
	return cmp.Or(err, out.close())
}

// talk is a transcript of at least n bytes in which all the partners speak.
func talk(partners []partner, n int) string {
	var b strings.Builder
	for b.Len() < n {
		for _, p := range partners {
			for _, d := range p.Documents {
				if d.Group != "demo" {
					b.WriteString("Rep: ")
				}
				b.WriteString(d.Text)
				b.WriteByte('\n')
			}
		}
	}
	return b.String()
}
