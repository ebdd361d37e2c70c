package sqldb

import (
	"context"
	"fmt"
	"strconv"
)

// Kept is what is known of a request with an Idempotency-Key.
type Kept struct {
	RequestHash string `sql:"request_hash"`
	Status      Number `sql:"status"` // not valid: still being answered; 0: carried out, without an answer
	ContentType Text   `sql:"content_type"`
	Body        Text   `sql:"body"`
}

// ClaimKey takes a key for a request, and returns nil; or it returns what is
// known of an earlier request with the key. One that was begun before stale
// (as its expires says) and has had no effect counts as never begun. Times
// are milliseconds since 1970.
func ClaimKey(ctx context.Context, tx *Tx, scope, key, hash string, now, expires, stale int64) (*Kept, error) {
	if _, err := run(ctx, tx, `DELETE FROM idempotency_keys WHERE scope = ? AND idempotency_key = ? AND expires_ms < ?`, scope, key, now); err != nil {
		return nil, fmt.Errorf("forget old key: %w", err)
	}
	n, err := run(ctx, tx, `INSERT INTO idempotency_keys (scope, idempotency_key, request_hash, expires_ms) VALUES (?, ?, ?, ?)
		ON CONFLICT (scope, idempotency_key) DO UPDATE SET request_hash = excluded.request_hash, expires_ms = excluded.expires_ms
		WHERE idempotency_keys.status IS NULL AND idempotency_keys.expires_ms < ?`, scope, key, hash, expires, stale)
	if err != nil {
		return nil, fmt.Errorf("claim key: %w", err)
	}
	if n > 0 {
		return nil, nil
	}
	k, ok, err := one[Kept](ctx, tx, `SELECT `+columns[Kept]("")+` FROM idempotency_keys WHERE scope = ? AND idempotency_key = ?`, scope, key)
	if err != nil || !ok {
		return nil, fmt.Errorf("read key: %w", err)
	}
	return &k, nil
}

// ForgetKeys removes the keys that have expired before now, in milliseconds
// since 1970, and returns how many.
func ForgetKeys(ctx context.Context, tx *Tx, now int64) (int64, error) {
	n, err := run(ctx, tx, `DELETE FROM idempotency_keys WHERE expires_ms < ?`, now)
	if err != nil {
		return 0, fmt.Errorf("forget old keys: %w", err)
	}
	return n, nil
}

// CarriedOut notes, in the transaction of the effect, that a request has had
// its effect: it must not have it again, even when the answer is lost.
func CarriedOut(ctx context.Context, tx *Tx, scope, key string) error {
	if _, err := run(ctx, tx, `UPDATE idempotency_keys SET status = 0 WHERE scope = ? AND idempotency_key = ?`, scope, key); err != nil {
		return fmt.Errorf("mark key: %w", err)
	}
	return nil
}

// NameRequest notes what the request with a key says.
func NameRequest(ctx context.Context, tx *Tx, scope, key, hash string) error {
	if _, err := run(ctx, tx, `UPDATE idempotency_keys SET request_hash = ? WHERE scope = ? AND idempotency_key = ?`, hash, scope, key); err != nil {
		return fmt.Errorf("name request: %w", err)
	}
	return nil
}

// NameAnswer notes which row is the answer to a request.
func NameAnswer(ctx context.Context, tx *Tx, scope, key string, id int64) error {
	if _, err := run(ctx, tx, `UPDATE idempotency_keys SET body = ? WHERE scope = ? AND idempotency_key = ?`, strconv.FormatInt(id, 10), scope, key); err != nil {
		return fmt.Errorf("name answer: %w", err)
	}
	return nil
}

// KeepAnswer stores the answer to a request.
func KeepAnswer(ctx context.Context, tx *Tx, scope, key string, status int, contentType, body string) error {
	_, err := run(ctx, tx, `UPDATE idempotency_keys SET status = ?, content_type = ?, body = ? WHERE scope = ? AND idempotency_key = ?`, status, contentType, body, scope, key)
	if err != nil {
		return fmt.Errorf("keep answer: %w", err)
	}
	return nil
}

// ReleaseKey forgets a request that has failed.
func ReleaseKey(ctx context.Context, tx *Tx, scope, key string) error {
	if _, err := run(ctx, tx, `DELETE FROM idempotency_keys WHERE scope = ? AND idempotency_key = ?`, scope, key); err != nil {
		return fmt.Errorf("release key: %w", err)
	}
	return nil
}
