package ship

import (
	"context"
	"fmt"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
)

// LakeSink stores records in a lake. Records are handed to the operating
// system one batch at a time and are on disk after Flush.
type LakeSink struct {
	Writer *lake.Writer
}

// Send appends the records to the lake.
func (s LakeSink) Send(ctx context.Context, recs []redact.Clean, _ []string) (Answer, error) {
	outcomes, err := s.Writer.Append(ctx, lake.Buffered, recs...)
	a := Answer{Outcomes: outcomes}
	for _, o := range outcomes {
		switch o {
		case lake.New:
			a.New++
		case lake.Duplicate:
			a.Duplicate++
		case lake.Conflict:
			a.Conflict++
		case lake.Erased:
			a.Erased++
		case lake.NotStored:
			a.Failed++
		}
	}
	if err != nil {
		return a, fmt.Errorf("store records: %w", err)
	}
	return a, nil
}

// Refuse puts q into the lake's quarantine.
func (s LakeSink) Refuse(ctx context.Context, q lake.Quarantined) error {
	return s.Writer.Quarantine(ctx, q)
}

// Flush returns when all records are on disk.
func (s LakeSink) Flush(ctx context.Context) error { return s.Writer.Sync(ctx) }

// Nowhere is the sink of a dry run: it counts and keeps nothing.
type Nowhere struct{}

// Send says nothing of the records: what would become of them is not known.
func (Nowhere) Send(context.Context, []redact.Clean, []string) (Answer, error) { return Answer{}, nil }

// Refuse does nothing.
func (Nowhere) Refuse(context.Context, lake.Quarantined) error { return nil }

// Flush does nothing.
func (Nowhere) Flush(context.Context) error { return nil }
