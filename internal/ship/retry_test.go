package ship

import (
	"context"
	"errors"
	"testing"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/schema"
	"github.com/power100/tpe/internal/tape"
)

// What is right is stored, once; what is not stays; the accounts add up, also
// when it is stopped in between.
func TestRetry(t *testing.T) {
	ctx := t.Context()
	l := lakeIn(t, t.TempDir())
	gate := redact.New(redact.Options{})
	w, err := l.NewWriter(ctx)
	if err != nil {
		t.Fatal(err)
	}
	good := `{"interaction_id":"019ab001-1f6f-72e6-8a11-6d20b15c6901","timestamp":"2026-11-23T10:00:00.000Z","interaction_type":"custom_note","user_id":"22","user_type":"contractor","metadata":{"app_version":"1","environment":"test","user_agent":"t","ip_address":"127.0.0.1"}}`
	for _, text := range []string{good, `{"interaction_type":"custom_note"}`} {
		var tp tape.Tape
		if err := tp.Parse([]byte(text)); err != nil {
			t.Fatal(err)
		}
		clean, _ := gate.Record(&tp)
		if err := w.Quarantine(ctx, lake.Quarantined{Reason: "an older contract", Source: "t", Body: clean}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Quarantine(ctx, lake.Quarantined{Reason: "torn", Source: "t", Body: gate.Text([]byte(`{"a`))}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(ctx); err != nil {
		t.Fatal(err)
	}
	before := total(t, l)
	set, err := schema.Default()
	if err != nil {
		t.Fatal(err)
	}
	retry := func(reason string, dryRun bool, want lake.EditedQuarantine) {
		t.Helper()
		w, err := l.NewWriter(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Retry(ctx, RetryOptions{Writer: w, Gate: gate, Set: set, Reason: reason, DryRun: dryRun})
		if err = errors.Join(err, w.Close(ctx)); err != nil || got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
	retry("torn", false, lake.EditedQuarantine{Stayed: 3})
	retry("", true, lake.EditedQuarantine{Left: 1, Stayed: 2})
	// Stopped once the record is stored: it is a duplicate the second time.
	w, err = l.NewWriter(ctx)
	if err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(ctx)
	_, err = w.EditQuarantine(stopped, lake.QuarantineEdit{ID: "x", Leaves: func(ctx context.Context, item *lake.QuarantinedItem) (bool, error) {
		var tp tape.Tape
		if item.Body == nil || tp.Parse(item.Body) != nil || item.Reason == "torn" {
			return false, nil //nolint:nilerr // what is no record stays
		}
		if _, ok := tp.Find("interaction_id"); !ok {
			return false, nil
		}
		clean, _ := gate.Record(&tp)
		_, err := w.Append(ctx, lake.Disk, clean)
		stop()
		return true, err
	}})
	if err == nil {
		t.Error("it was not stopped")
	}
	if err := w.Close(ctx); err != nil {
		t.Fatal(err)
	}
	retry("", false, lake.EditedQuarantine{Left: 1, Stayed: 2})
	retry("", false, lake.EditedQuarantine{Stayed: 2})
	after := total(t, l)
	if after.Received != before.Received+1 || after.Stored != 1 || after.Quarantined != 2 || after.Duplicate != 1 {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func total(t testing.TB, l *lake.Lake) lake.Account {
	t.Helper()
	report, err := l.Verify(t.Context(), func(f lake.Fault) { t.Error(f) })
	if err != nil || !report.OK {
		t.Fatalf("%+v, %v", report, err)
	}
	return report.Total
}
