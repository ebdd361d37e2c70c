package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// bulkAnswer is what the server says of many records.
type bulkAnswer struct {
	New, Duplicate, Rejected int64
}

// runBulk measures one POST of many records, streamed as NDJSON and answered
// when all are on disk.
func runBulk(ctx context.Context, s *suite) (*result, error) {
	path, size, err := s.records30(s.records)
	if err != nil {
		return nil, err
	}
	r := &result{About: fmt.Sprintf("POST /api/interactions, %s records (%s MB) of 30 days as one NDJSON body, answered when they are on disk",
		grouped(float64(s.records)), grouped(float64(size)/1e6))}
	err = s.turns(ctx, "bulk", []turn{{"tpe", func(ctx context.Context) error {
		lake := s.folder("bulk")
		srv, err := s.serve(ctx, lake, true)
		if err != nil {
			return err
		}
		defer srv.stop() //nolint:errcheck // only when something else went wrong
		before, err := srv.cpu(ctx)
		if err != nil {
			return err
		}
		start := time.Now()
		answer, err := upload(ctx, srv.url+"/api/interactions", path)
		if err != nil {
			return err
		}
		wall := time.Since(start)
		after, err := srv.cpu(ctx)
		if err != nil {
			return err
		}
		if answer.New != int64(s.records) || answer.Duplicate+answer.Rejected > 0 {
			return fmt.Errorf("the server says that of %d records %d are new, %d duplicate, %d rejected", s.records, answer.New, answer.Duplicate, answer.Rejected)
		}
		total, err := srv.stop()
		if err != nil {
			return err
		}
		r.Table.add("tpe", "records/s", float64(s.records)/wall.Seconds())
		r.Table.add("tpe", "CPU us/record", (after-before).Seconds()*1e6/float64(s.records))
		r.Table.add("tpe", "CPU us/record, sealed", (total.cpu-before).Seconds()*1e6/float64(s.records))
		r.Table.add("tpe", "peak MB", float64(total.peak)/1e6)
		if err := s.holds(ctx, lake, generatedDays, "", int64(s.records)); err != nil {
			return err
		}
		return os.RemoveAll(lake)
	}}})
	if err != nil {
		return nil, err
	}
	r.figure("records_per_s", r.Table.get("tpe", "records/s"))
	r.figure("cpu_us", r.Table.get("tpe", "CPU us/record"))
	r.figure("peak_mb", r.Table.get("tpe", "peak MB"))
	return r, nil
}

// upload sends a file in one request.
func upload(ctx context.Context, url, path string) (a bulkAnswer, err error) {
	f, err := os.Open(path)
	if err != nil {
		return a, err
	}
	defer f.Close() //nolint:errcheck // only read
	// The file has no Close and no size here: it goes in chunks, as a stream.
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, io.MultiReader(f))
	if err != nil {
		return a, err
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close() //nolint:errcheck // only read
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return a, err
	}
	if resp.StatusCode/100 != 2 {
		return a, fmt.Errorf("POST %s: status %d: %s", url, resp.StatusCode, shortened(string(body)))
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, fmt.Errorf("read the answer %s: %w", shortened(string(body)), err)
	}
	return a, nil
}
