package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// runValidate measures how fast records are checked against a schema, beside
// a compiled ajv and the bare scan of the records.
func runValidate(ctx context.Context, s *suite) (*result, error) {
	r := &result{}
	data, schema := s.data, s.schema
	if data == "" {
		var err error
		if data, _, err = s.records30(s.records); err != nil {
			return nil, err
		}
		schema = filepath.Join(s.dir, "interaction.schema.json")
		if err := s.sameVerdicts(ctx, r, schema); err != nil {
			return nil, err
		}
	}
	info, err := os.Stat(data)
	if err != nil {
		return nil, err
	}
	records, err := linesIn(data)
	if err != nil {
		return nil, err
	}
	r.About = fmt.Sprintf("%s records (%s MB) against a JSON Schema", grouped(float64(records)), grouped(float64(info.Size())/1e6))
	add := func(name string, u usage) {
		r.Table.add(name, "records/CPU s", float64(records)/u.cpu.Seconds())
		r.Table.addUsage(name, u)
	}
	cases := []turn{
		{"tpe", func(ctx context.Context) error {
			u, _, err := s.validate(ctx, schema, data)
			if err == nil {
				add("tpe", u)
			}
			return err
		}},
		{"scan", func(ctx context.Context) error {
			u, out, err := command{path: s.self, args: []string{"scan", data}, dir: s.dir}.run(ctx, nil)
			if err == nil && string(bytes.TrimSpace(out)) != strconv.FormatInt(records, 10) {
				err = fmt.Errorf("it found %s records of %d", bytes.TrimSpace(out), records)
			}
			if err == nil {
				add("scan", u)
			}
			return err
		}},
	}
	if s.has(r, "ajv") && s.has(r, "ajv-formats") {
		cases = append(cases, turn{"ajv", func(ctx context.Context) error {
			u, checked, err := s.ajv(ctx, schema, data)
			if err == nil && (checked.Records != records || checked.Valid != records) {
				err = fmt.Errorf("it found %d valid of %d records, there are %d", checked.Valid, checked.Records, records)
			}
			if err == nil {
				add("ajv", u)
			}
			return err
		}})
	}
	if err := s.turns(ctx, "validate", cases); err != nil {
		return nil, err
	}
	t := &r.Table
	tpe := t.get("tpe", "records/CPU s")
	r.figure("tpe/ajv", tpe.over(t.get("ajv", "records/CPU s")))
	r.figure("tpe/scan", tpe.over(t.get("scan", "records/CPU s")))
	for _, c := range t.rows {
		r.figure(c.name+"_per_cpu_s", c.cells["records/CPU s"])
	}
	r.figure("tpe_peak_mb", t.get("tpe", "peak MB"))
	r.note("tpe reports every fault. \"scan\" only finds the lines and puts each on a tape.")
	return r, nil
}

// verdict is how many records a validator found, and how many of them valid.
type verdict struct{ Records, Valid int64 }

func (s *suite) ajv(ctx context.Context, schema, data string) (usage, verdict, error) {
	var v verdict
	u, out, err := s.peer("ajv.cjs", schema, data).run(ctx, nil)
	if err == nil {
		err = json.Unmarshal(out, &v)
	}
	return u, v, err
}

// sameVerdicts checks that the validators that are compared do the same: both
// must find all the faults that are planted.
func (s *suite) sameVerdicts(ctx context.Context, r *result, schema string) error {
	const n = 1000
	path := filepath.Join(s.dir, "faulty.ndjson")
	if err := writeFaulty(path, n); err != nil {
		return err
	}
	_, v, err := s.validate(ctx, schema, path)
	if err != nil {
		return err
	}
	if v != (verdict{Records: n}) {
		return fmt.Errorf("tpe finds %d of %d faulty records valid", v.Valid, v.Records)
	}
	if s.has(&result{}, "ajv") && s.has(&result{}, "ajv-formats") {
		if _, v, err = s.ajv(ctx, schema, path); err != nil {
			return err
		}
		if v != (verdict{Records: n}) {
			return fmt.Errorf("ajv finds %d of %d faulty records valid", v.Valid, v.Records)
		}
	}
	r.note("Of %d records with one planted fault each all were refused.", n)
	return nil
}

// writeFaulty writes records of which each breaks one rule of the schema.
func writeFaulty(path string, n int) error {
	out, err := create(path)
	if err != nil {
		return err
	}
	breaks := []*strings.Replacer{
		strings.NewReplacer(`"timestamp":"2025`, `"timestamp":"25`),
		strings.NewReplacer(`"interaction_type":"`, `"interaction_type":"X`),
		strings.NewReplacer(`"user_type":"`, `"user_type":"x`),
		strings.NewReplacer(`"user_id":"`, `"user_id":7,"user":"`),
		strings.NewReplacer(`"session_id":"`, `"session_id":"0`),
		strings.NewReplacer(`"metadata":`, `"meta":`),
		strings.NewReplacer(`"environment":`, `"where":`),
		strings.NewReplacer(`"country":"US"`, `"country":"USA"`),
		strings.NewReplacer(`{"interaction_id":`, `{"unknown":1,"interaction_id":`),
		strings.NewReplacer(`"device_type":"`, `"device_type":"a `),
	}
	g := newGenerator(seed, n, 30)
	for i := range n {
		b, _ := g.next(nil)
		if err := out.line([]byte(breaks[i%len(breaks)].Replace(string(b)))); err != nil {
			_ = out.close()
			return err
		}
	}
	return out.close()
}
