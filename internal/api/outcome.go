package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// drainWait is how long an answer waits for its outcomes to reach the lake.
// They are safe in the database before.
const drainWait = 2 * time.Second

// tx runs f in a transaction, see [sqldb.DB.Tx], and waits until what it has
// recorded is in the lake.
func (s *Server) tx(ctx context.Context, f func(tx *sqldb.Tx) error) error {
	c := claimOf(ctx)
	recorded, err := s.opts.DB.Tx(ctx, func(tx *sqldb.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		if c != nil {
			return sqldb.CarriedOut(ctx, tx, c.scope, c.key)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if recorded && s.opts.Outbox != nil {
		wait, cancel := context.WithTimeout(ctx, drainWait)
		defer cancel()
		s.opts.Outbox.Wait(wait)
	}
	return nil
}

// object is a JSON object.
type object = map[string]any

// outcome is something that happened for the business, and becomes one
// interaction.
type outcome struct {
	Type   string
	Fields object // members of the record beside those that every record has; metadata adds to theirs
	// UserID and UserType say who did it, when that is not the caller.
	UserID, UserType string
}

// happened puts an outcome into the outbox of a transaction and returns its
// interaction id, which the row that it is about should keep.
func (s *Server) happened(ctx context.Context, tx *sqldb.Tx, o outcome) (uuid.UUID, error) {
	id, rec := s.newRecord(ctx, o)
	if !s.opts.Outcomes {
		return id, nil
	}
	clean, err := s.clean(rec)
	if err != nil {
		return id, fmt.Errorf("make a %s record: %w", o.Type, err)
	}
	return id, tx.Record(ctx, clean)
}

// newRecord begins the record of an outcome of the request.
func (s *Server) newRecord(ctx context.Context, o outcome) (uuid.UUID, object) {
	id := tpe.NewID()
	v := visitOf(ctx)
	user, kind := o.UserID, o.UserType
	if user == "" {
		user, kind = v.who.UserID, v.who.UserType
	}
	if user == "" {
		user, kind = tpe.Anonymous, tpe.UserUnknown
	}
	meta := object{
		"app_version": s.opts.Version, "environment": s.opts.Environment, "schema_version": tpe.SchemaVersion,
		"user_agent": cut(first(v.r.Header, "User-Agent"), maxAgent), "ip_address": clientIP(v.r, s.opts.TrustedProxies), "request_id": v.requestID,
	}
	rec := object{
		"interaction_id": id.String(), "timestamp": tpe.FormatTime(s.opts.Now()), "interaction_type": o.Type,
		"user_id": user, "user_type": kind, "metadata": meta,
	}
	if v.session != uuid.Nil {
		rec["session_id"] = v.session.String()
	}
	for name, value := range o.Fields {
		if more, ok := value.(object); ok && name == "metadata" {
			maps.Copy(meta, more)
			continue
		}
		rec[name] = value
	}
	return id, rec
}

// clean passes a record of our own through the gate and holds it against the
// contract.
func (s *Server) clean(rec object) (redact.Clean, error) {
	b, err := json.Marshal(rec)
	if err != nil {
		return redact.Clean{}, err
	}
	t := new(tape.Tape)
	if err := t.Parse(b); err != nil {
		return redact.Clean{}, err
	}
	clean, _ := s.opts.Gate.Record(t)
	if findings := s.opts.Schemas.Check(t, schema.Check{Max: 1}); len(findings) > 0 {
		return redact.Clean{}, fmt.Errorf("it breaks the contract: %s %s", findings[0].Pointer, findings[0].Message)
	}
	return clean, nil
}
