package migrate

import (
	"context"

	"github.com/power100/tpe/internal/migrate/origin"
	"github.com/power100/tpe/internal/tpe"
)

// Verify compares the target with the source as they are now, and changes
// neither. The certificate is also returned with an error of the code
// Mismatch, and of the code Invalid for a damaged source. A target that remembers no move, because another program made it
// or the state is gone, is taken as it is: its columns have the types that it
// gives them, and the constraints are those that the source declares.
func Verify(ctx context.Context, o Options) (*Certificate, error) {
	r, st, err := start(ctx, o)
	if err != nil {
		return nil, err
	}
	defer r.close()
	var cert *Certificate
	switch {
	case st == nil:
		cert, err = r.verifyUnknown(ctx)
	case st.finished == nil:
		return nil, &tpe.Error{Code: tpe.NotFound, Message: "the move to the schema " + o.Schema + " is not finished", Hint: "the same command with --resume, and without --verify, goes on"}
	default:
		cert, err = r.verify(ctx, st)
	}
	return cert, origin.Explain(o.From, err)
}

func (r *run) verify(ctx context.Context, st *state) (*Certificate, error) {
	if err := r.restore(ctx, st, r.o.Schema); err != nil {
		return nil, err
	}
	r.cert.Started = r.o.Now().UTC()
	others, err := r.look(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range others {
		c.compareAs()
	}
	if err := r.adoptOthers(ctx); err != nil {
		return nil, err
	}
	if err := r.connectWorkers(ctx, r.o.Schema); err != nil {
		return nil, err
	}
	return r.verifyRestored(ctx)
}

// verifyUnknown compares with a target that remembers no move.
func (r *run) verifyUnknown(ctx context.Context) (*Certificate, error) {
	r.unknown = true
	if err := r.adopt(ctx); err != nil {
		return nil, err
	}
	if err := r.connectWorkers(ctx, r.o.Schema); err != nil {
		return nil, err
	}
	return r.verifyRestored(ctx)
}

// verifyRestored reads both sides and compares them.
func (r *run) verifyRestored(ctx context.Context) (*Certificate, error) {
	err := r.timed("verify", func() error {
		orphans, err := r.orphans(ctx)
		if err != nil {
			return err
		}
		q := newQueue()
		for _, p := range r.pairs {
			r.putBoth(q, p, orphans[p])
		}
		q.put(r.hashSource)
		if err := q.run(ctx, r.workers); err != nil {
			return err
		}
		if err := r.constraints(ctx); err != nil {
			return err
		}
		return r.judge(ctx, orphans)
	})
	if err != nil {
		return nil, err
	}
	r.cert.Finished = r.o.Now().UTC()
	if !r.cert.Equal() {
		return r.cert, r.mismatch("")
	}
	return r.cert, r.damaged()
}
