// Package ship moves records from one place to another. Here it feeds
// records again: from files or a stream into a lake or to another tpe.
//
// On the way a record is upcast, its twin is marked, it passes the redaction
// gate and is held against the contract. The package must never send a
// record that has not passed the gate, and never drop one: what is not sent
// is filtered, or refused with a reason, and the accounts of a report add
// up. Everything is safe to repeat, by the id and content of a record.
package ship

import (
	"context"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/redact"
)

// Sink takes records. It is used from one goroutine.
type Sink interface {
	// Send hands records on and says what became of each; files names where
	// each was read, and may be nil. It copies what it
	// keeps. With an error the answer still covers what was done, and the
	// records that are NotStored may be sent again. An error of the code
	// Unavailable, Unauthorized, Forbidden or Interrupted ends the replay.
	Send(ctx context.Context, recs []redact.Clean, files []string) (Answer, error)
	// Refuse takes what cannot be a record. A sink without a place for it
	// does nothing: it stays where it came from.
	Refuse(ctx context.Context, q lake.Quarantined) error
	// Flush returns when everything that was sent is as safe as it gets.
	Flush(ctx context.Context) error
}

// Answer says what became of the records of one Send.
type Answer struct {
	New, Duplicate, Conflict int
	Erased                   int            // not stored: of somebody who was erased
	Failed                   int            // not sent, see the error
	Replaced                 []int          // were there, and changed; the indexes of those put right
	Outcomes                 []lake.Outcome // one a record; nil when only the counts are known
	Rejected                 []Rejection    // refused by the receiver
}

// Rejection is a record that the receiver refused.
type Rejection struct {
	Index  int // in the records that were sent
	Reason string
}
