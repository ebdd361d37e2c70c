package sqldb

import (
	"context"
	"fmt"
	"time"
)

// Attempt is something that may be tried so many times in a while: a login
// for one account, say.
type Attempt struct {
	Kind    string
	Subject string // what is tried, or by whom; as it is stored, so no secret
	Most    int64
	Within  time.Duration
}

// Try counts an attempt before it is made, so that many at once cannot pass
// the limit. It returns how long to wait when there were too many; 0 lets the
// attempt pass.
func Try(ctx context.Context, c Conn, a Attempt, now time.Time) (time.Duration, error) {
	type state struct {
		Failures int64 `sql:"failures"`
		Since    int64 `sql:"since_ms"`
	}
	at, over := now.UnixMilli(), now.Add(-a.Within).UnixMilli()
	s, _, err := one[state](ctx, c, `INSERT INTO login_attempts (kind, subject, failures, since_ms) VALUES (?, ?, 1, ?)
		ON CONFLICT (kind, subject) DO UPDATE SET
			failures = CASE WHEN login_attempts.since_ms <= ? THEN 1 ELSE login_attempts.failures + 1 END,
			since_ms = CASE WHEN login_attempts.since_ms <= ? THEN ? ELSE login_attempts.since_ms END
		RETURNING failures, since_ms`, a.Kind, a.Subject, at, over, over, at)
	if err != nil {
		return 0, fmt.Errorf("count attempt: %w", err)
	}
	if s.Failures <= a.Most {
		return 0, nil
	}
	return max(time.UnixMilli(s.Since).Add(a.Within).Sub(now), time.Second), nil
}

// Made reports whether an attempt was counted within its while.
func Made(ctx context.Context, c Conn, a Attempt, now time.Time) (bool, error) {
	_, found, err := one[struct {
		Since int64 `sql:"since_ms"`
	}](ctx, c, `SELECT since_ms FROM login_attempts WHERE kind = ? AND subject = ? AND since_ms > ?`, a.Kind, a.Subject, now.Add(-a.Within).UnixMilli())
	if err != nil {
		return false, fmt.Errorf("look for attempt: %w", err)
	}
	return found, nil
}

// Succeeded takes attempts back that were no failures.
func Succeeded(ctx context.Context, c Conn, attempts ...Attempt) error {
	for _, a := range attempts {
		if _, err := run(ctx, c, `UPDATE login_attempts SET failures = failures - 1 WHERE kind = ? AND subject = ? AND failures > 0`, a.Kind, a.Subject); err != nil {
			return fmt.Errorf("take attempt back: %w", err)
		}
	}
	return nil
}

// Forget begins the count of an attempt again.
func Forget(ctx context.Context, c Conn, attempts ...Attempt) error {
	for _, a := range attempts {
		if _, err := run(ctx, c, `DELETE FROM login_attempts WHERE kind = ? AND subject = ?`, a.Kind, a.Subject); err != nil {
			return fmt.Errorf("forget attempts: %w", err)
		}
	}
	return nil
}
