package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

const (
	// keyLife is how long an answer is kept for a repetition.
	keyLife = 24 * time.Hour
	// maxKey is the length in bytes of the longest Idempotency-Key.
	maxKey = 128
	// keyLetters are what it is made of.
	keyLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
)

// once lets a route be repeated with an Idempotency-Key: what it does is done
// once, and the same answer is given again. Routes that answer 201 have it
// without being told.
func once(op *huma.Operation) { op.Metadata[onceKey] = true }

const onceKey = "once"

// onceEach lets a route be repeated without a key too: the same request of the
// same caller, within keyLife, is a second click. A key says that it is not.
func onceEach(op *huma.Operation) { op.Metadata[onceKey] = sameIsOnce }

const sameIsOnce = "same"

// keyParam describes the header.
func keyParam() *huma.Param {
	return &huma.Param{Name: "Idempotency-Key", In: "header",
		Description: "A word that names this request. Sent again with it, the request has no second effect and gets the same answer; another request with the same word gets 409.",
		Schema:      &huma.Schema{Type: huma.TypeString, MinLength: ptr(1), MaxLength: ptr(maxKey), Pattern: `^[A-Za-z0-9_-]+$`}}
}

// claim is a request with an Idempotency-Key that is being answered.
type claim struct{ scope, key string }

// claimOf returns the claim of the request in a context; nil without one, and
// for work that goes on after its request.
func claimOf(ctx context.Context) *claim {
	if v, ok := ctx.Value(visitKey{}).(*visit); ok {
		return v.claim
	}
	return nil
}

// keyOf returns the claim that a request with an Idempotency-Key makes; nil
// without one.
func keyOf(v *visit, r *http.Request) (*claim, error) {
	keys := r.Header["Idempotency-Key"]
	if len(keys) == 0 {
		return nil, nil
	}
	key := keys[0]
	if key == "" || len(key) > maxKey || strings.Trim(key, keyLetters) != "" {
		return nil, misuse("header.Idempotency-Key", "The Idempotency-Key is no word of 1 to 128 letters, digits, - and _")
	}
	c := &claim{scope: v.who.UserType + " " + v.who.UserID, key: key}
	if v.who.UserID == "" {
		c.scope = v.caller()
	}
	return c, nil
}

// requestHash names a request by its route and by what it says.
func requestHash(r *http.Request, said ...[]byte) string {
	sum := sha256.New()
	_, _ = io.WriteString(sum, r.Method+" "+r.URL.RequestURI()+"\n") // a hash takes everything
	for _, b := range said {
		_, _ = sum.Write(b)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

var errOtherRequest = tpe.Errorf(tpe.Conflict, "The Idempotency-Key was used for another request")

// replay answers a request again that was answered before. The error is of
// the code Conflict when there is no answer.
func replay(v *visit, known *sqldb.Kept) error {
	switch {
	case !known.Status.Valid:
		return tpe.Errorf(tpe.Conflict, "The first request with this Idempotency-Key is still being answered")
	case known.Status.Float == 0:
		return tpe.Errorf(tpe.Conflict, "The first request with this Idempotency-Key was carried out, but its answer was lost")
	}
	hd := v.Header()
	hd.Set("Idempotency-Replayed", "true")
	hd.Set("Content-Type", known.ContentType.String)
	v.WriteHeader(int(known.Status.Float))
	_, _ = io.WriteString(v, known.Body.String) // the sender is gone; the visit has noted it
	return nil
}

// idempotent runs a handler unless its request was answered before. With same
// what the request says names it, where it has no key.
func (s *Server) idempotent(v *visit, r *http.Request, maxBody int64, same bool, h func(*http.Request) error) error {
	c, err := keyOf(v, r)
	if err != nil {
		return err
	}
	if c == nil && !same {
		return h(r)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return bodyError(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	hash := requestHash(r, body)
	unnamed := c == nil
	if unnamed {
		// No key that somebody chooses has a sign of equality.
		c = &claim{scope: v.who.UserType + " " + v.who.UserID, key: "=" + hash}
	}
	known, err := s.claim(r.Context(), *c, hash, 2*s.opts.Limits.Handler)
	if err != nil {
		return err
	}
	if known != nil {
		if known.RequestHash != hash {
			return errOtherRequest
		}
		if err := replay(v, known); err == nil || !unnamed {
			return err
		}
		return &tpe.Error{Code: tpe.Conflict, Message: "The same was sent before", Hint: "an Idempotency-Key of its own makes it another request"}
	}
	v.claim = c
	return s.claimed(v, r, *c, h)
}

// claimed runs a handler whose request has claimed its key, and keeps the
// answer or releases the key.
func (s *Server) claimed(v *visit, r *http.Request, c claim, h func(*http.Request) error) error {
	// A handler that panics, and a process that ends, leave the key as it is:
	// whether there was an effect, its transaction has noted.
	err := h(r)
	v.claim = nil
	if err != nil || v.status >= 300 || v.sent { // failed, or too large to be kept
		s.release(r.Context(), c)
	} else {
		s.keep(r.Context(), c, v)
	}
	return err
}

// claim takes a key for a request, or returns what is known of it.
// One that was begun longer ago than most and has had no effect counts as
// never begun: its process has ended.
func (s *Server) claim(ctx context.Context, c claim, hash string, most time.Duration) (known *sqldb.Kept, err error) {
	now := s.opts.Now()
	_, err = s.opts.DB.Tx(ctx, func(tx *sqldb.Tx) error {
		known, err = sqldb.ClaimKey(ctx, tx, c.scope, c.key, hash, now.UnixMilli(), now.Add(keyLife).UnixMilli(), now.Add(keyLife-most).UnixMilli())
		return err
	})
	return known, err
}

// named notes what a claimed request says, when that is known at its end.
func (s *Server) named(ctx context.Context, c claim, hash string) error {
	_, err := s.opts.DB.Tx(ctx, func(tx *sqldb.Tx) error { return sqldb.NameRequest(ctx, tx, c.scope, c.key, hash) })
	return err
}

// keep stores the answer for whoever repeats the request.
func (s *Server) keep(ctx context.Context, c claim, v *visit) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, err := s.opts.DB.Tx(ctx, func(tx *sqldb.Tx) error {
		return sqldb.KeepAnswer(ctx, tx, c.scope, c.key, v.status, first(v.Header(), "Content-Type"), string(v.buf))
	})
	if err != nil {
		s.opts.Log.Warn("an answer was not kept for repetitions", "request_id", v.requestID, "error", err)
	}
}

// forgetKeys removes what is known of requests that were made long ago.
func (s *Server) forgetKeys(ctx context.Context) error {
	_, err := s.opts.DB.Tx(ctx, func(tx *sqldb.Tx) error {
		_, err := sqldb.ForgetKeys(ctx, tx, s.opts.Now().UnixMilli())
		return err
	})
	return err
}

// release lets a request that has failed be sent again.
func (s *Server) release(ctx context.Context, c claim) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, err := s.opts.DB.Tx(ctx, func(tx *sqldb.Tx) error { return sqldb.ReleaseKey(ctx, tx, c.scope, c.key) })
	if err != nil {
		s.opts.Log.Warn("an Idempotency-Key was not released", "error", err)
	}
}
