package migrate

import (
	"context"
	"fmt"

	"github.com/power100/tpe/internal/tpe"
)

// compare holds the sums of both sides against each other. Tables from which
// orphans were taken out are read again on both sides.
func (r *run) compare(ctx context.Context) error {
	return r.timed("compare", func() error {
		orphans, err := r.orphans(ctx)
		if err != nil {
			return err
		}
		q := newQueue()
		for _, p := range r.pairs {
			if len(orphans[p]) > 0 && r.o.Scope != SchemaOnly {
				r.found[p] = newContents(p)
				r.putBoth(q, p, orphans[p])
			}
		}
		if err := q.run(ctx, r.workers); err != nil {
			return err
		}
		return r.judge(ctx, orphans)
	})
}

// orphans reads what was done about the orphans of each table.
func (r *run) orphans(ctx context.Context) (map[*pair]orphans, error) {
	all := map[*pair]orphans{}
	for _, p := range r.pairs {
		taken, err := p.readOrphans(ctx, r.workers[0].pg)
		if err != nil {
			return nil, err
		}
		all[p] = taken
	}
	return all, nil
}

// putBoth puts the reading of both sides of a table into the queue.
func (r *run) putBoth(q *queue, p *pair, orphans orphans) {
	found := r.found[p]
	found.again = true
	for _, g := range p.ranges {
		q.put(sourceTask(p, g, orphans, func(sums []Sum, rejects rejected) {
			found.mu.Lock()
			defer found.mu.Unlock()
			found.rejects.join(rejects)
			for i := range sums {
				found.source[i].add(sums[i])
			}
		}))
	}
	q.put(func(ctx context.Context, w worker) error {
		parts, err := p.parts(ctx, w.pg)
		if err != nil {
			return err
		}
		for _, where := range parts {
			q.put(r.readBack(p, where))
		}
		return nil
	})
}

// judge finds what differs and fills in the certificate.
func (r *run) judge(ctx context.Context, orphans map[*pair]orphans) error {
	for _, p := range r.pairs {
		for _, g := range r.found[p].differ() {
			if len(r.cert.Differences) >= maxDifferences {
				r.cert.Different++
				continue
			}
			if err := p.narrow(ctx, r.workers[0], g, orphans[p], r.differs); err != nil {
				return err
			}
		}
	}
	return r.report(ctx)
}

// differs notes a difference.
func (r *run) differs(d Difference) {
	d.Source, d.Target = r.o.clean(d.Source), r.o.clean(d.Target)
	if r.cert.Different++; len(r.cert.Differences) < maxDifferences {
		r.cert.Differences = append(r.cert.Differences, d)
	}
}

func (r *run) mismatch(more string) error {
	return &tpe.Error{Code: tpe.Mismatch, Message: fmt.Sprintf("the target differs from the source: %s.%s", count(r.cert.Different, "difference", "differences"), more),
		Hint: "the certificate names the rows and columns: --certificate FILE writes it, --json prints it"}
}
