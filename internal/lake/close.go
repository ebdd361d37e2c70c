package lake

import (
	"context"
	"errors"

	"github.com/power100/tpe/internal/tpe"
)

// Close takes no more records, seals what is open and ends the writer. When
// ctx ends first, what is not sealed yet stays as open segments, which the
// next writer adopts; nothing is lost. The error says so, with the code
// Unavailable, also when the disk refused.
func (w *Writer) Close(ctx context.Context) error {
	w.mu.Lock()
	if w.closing {
		w.mu.Unlock()
		return nil
	}
	w.closing = true
	w.taken.Broadcast()
	w.mu.Unlock()
	signal(w.commitKick)

	stopWaiting := context.AfterFunc(ctx, func() { w.abandon.Store(true) })
	defer stopWaiting()
	<-w.committed
	<-w.allSealed
	close(w.stop)
	w.running.Wait()

	err := errors.Join(w.quarantine.close(), w.receipts.close(), w.release())
	if err == nil && w.unsealed > 0 {
		err = tpe.Errorf(tpe.Unavailable, "open segments that are left to be sealed by the next writer: %d", w.unsealed)
	}
	if err == nil {
		w.updateLedger(ctx)
	}
	return refused(err)
}

// updateLedger takes the receipts into the ledger. It only saves the next
// reader of the ledger the work.
func (w *Writer) updateLedger(ctx context.Context) {
	g, err := w.l.openLedger(ctx)
	if err == nil {
		err = g.close()
	}
	if err != nil {
		w.l.opts.Log.Warn("update ledger", "lake", w.l.opts.Dir, "error", err)
	}
}

// release closes what newWriter and the committer opened.
func (w *Writer) release() error {
	for _, k := range w.days {
		k.rest()
		for _, o := range k.others {
			w.leave(o)
		}
	}
	return w.turn.close()
}
