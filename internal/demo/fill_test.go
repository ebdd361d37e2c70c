package demo

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

func TestFillOnce(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	l, err := lake.Open(ctx, lake.Options{Dir: filepath.Join(t.TempDir(), "lake")})
	if err != nil {
		t.Fatal(err)
	}
	w, err := l.NewWriter(ctx)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sqldb.Open(ctx, filepath.Join(t.TempDir(), "tpe.db"))
	if err != nil {
		t.Fatal(err)
	}
	gate := redact.New(redact.Options{})
	n, err := Fill(ctx, l, w, gate, db, now)
	if err != nil || n != len(Records(now)) {
		t.Fatal(n, err)
	}
	status, err := l.Status(ctx)
	if err != nil || status.Total.Records != uint64(n) || status.Total.Conflicts+status.Total.Duplicates+status.Total.Quarantined != 0 {
		t.Errorf("%+v, %v", status.Total, err)
	}
	if partners, err := db.ActivePartners(ctx); err != nil || len(partners) != len(Partners()) {
		t.Error(len(partners), err)
	}
	if _, err := Fill(ctx, l, w, gate, db, now); tpe.CodeOf(err) != tpe.Conflict || tpe.HintOf(err) == "" {
		t.Errorf("a second time: %v", err)
	}
	fresh, err := sqldb.Open(ctx, filepath.Join(t.TempDir(), "other.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Fill(ctx, l, w, gate, fresh, now); tpe.CodeOf(err) != tpe.Conflict {
		t.Errorf("a lake that holds records: %v", err)
	}
	if empty, err := fresh.Empty(ctx); err != nil || !empty {
		t.Errorf("a database beside a full lake was filled: %v", err)
	}
	if err := errors.Join(w.Close(ctx), l.Close(), db.Close(), fresh.Close()); err != nil {
		t.Error(err)
	}
}
