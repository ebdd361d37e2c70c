package sqldb

import (
	"context"
	"fmt"
	"time"
)

// Job is work that is done after the transaction that asked for it, and again
// when it fails.
type Job struct {
	ID        int64  `json:"id"`
	Kind      Text   `json:"kind"`
	SubjectID Number `json:"subject_id"`
	Payload   Text   `json:"payload"`
	State     Text   `json:"state"` // queued, done or failed
	Attempts  int64  `json:"attempts"`
	Fault     Text   `json:"fault"`
}

// AddJob asks for work of a kind. The payload is JSON. It is done if and only
// if the transaction commits.
func AddJob(ctx context.Context, tx *Tx, kind string, subject int64, payload string) error {
	if _, err := run(ctx, tx, `INSERT INTO jobs (kind, subject_id, payload) VALUES (?, ?, ?)`, kind, subject, payload); err != nil {
		return fmt.Errorf("add job: %w", err)
	}
	return nil
}

// ClaimJob takes the job that has waited longest and gives it to a worker
// until the lease ends; after that another worker may take it. It is false
// when there is nothing to do.
func ClaimJob(ctx context.Context, c Conn, worker string, now time.Time, lease time.Duration) (Job, bool, error) {
	at := now.UnixMilli()
	job, ok, err := one[Job](ctx, c, `UPDATE jobs SET attempts = attempts + 1, locked_by = ?, locked_until_ms = ?, updated_at = CURRENT_TIMESTAMP
		WHERE id = (SELECT id FROM jobs WHERE state = 'queued' AND run_after_ms <= ? AND locked_until_ms <= ? ORDER BY run_after_ms, id LIMIT 1)
			AND state = 'queued' AND locked_until_ms <= ?
		RETURNING `+columns[Job](""), worker, now.Add(lease).UnixMilli(), at, at, at)
	if err != nil {
		return job, false, fmt.Errorf("claim job: %w", err)
	}
	return job, ok, nil
}

// EndJob notes that a job is done, or with a fault that it has failed for
// good. Its payload is forgotten: it may name people.
func EndJob(ctx context.Context, c Conn, id int64, fault *string) error {
	state := "done"
	if fault != nil {
		state = "failed"
	}
	if _, err := run(ctx, c, `UPDATE jobs SET state = ?, fault = ?, payload = NULL, locked_by = NULL, locked_until_ms = 0, updated_at = CURRENT_TIMESTAMP WHERE id = ?`, state, fault, id); err != nil {
		return fmt.Errorf("end job %d: %w", id, err)
	}
	return nil
}

// DelayJob lets a job that failed be tried again later.
func DelayJob(ctx context.Context, c Conn, id int64, until time.Time, fault string) error {
	if _, err := run(ctx, c, `UPDATE jobs SET run_after_ms = ?, fault = ?, locked_by = NULL, locked_until_ms = 0, updated_at = CURRENT_TIMESTAMP WHERE id = ?`, until.UnixMilli(), fault, id); err != nil {
		return fmt.Errorf("delay job %d: %w", id, err)
	}
	return nil
}
