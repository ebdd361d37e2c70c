package migrate

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/power100/tpe/internal/migrate/origin"
)

// worker is one reader of the source with one connection to the target.
type worker struct {
	src *origin.Conn
	pg  *pgx.Conn
}

// task is a piece of work. It may put more tasks into the queue.
type task func(context.Context, worker) error

// queue hands tasks to workers. What is put in first goes first, the urgent
// ones before all others.
type queue struct {
	mu      sync.Mutex
	wake    *sync.Cond
	urgent  []task
	tasks   []task
	running int
	stopped bool
}

func newQueue() *queue {
	q := &queue{}
	q.wake = sync.NewCond(&q.mu)
	return q
}

func (q *queue) put(t task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tasks = append(q.tasks, t)
	q.wake.Signal()
}

// hurry puts a task in front: one that holds up nothing else but takes long.
func (q *queue) hurry(t task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.urgent = append(q.urgent, t)
	q.wake.Signal()
}

// take waits for a task; nil when all are done or one has failed.
func (q *queue) take() task {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if q.stopped {
			return nil
		}
		for _, list := range []*[]task{&q.urgent, &q.tasks} {
			if len(*list) > 0 {
				t := (*list)[0]
				*list = (*list)[1:]
				q.running++
				return t
			}
		}
		if q.running == 0 {
			q.wake.Broadcast()
			return nil
		}
		q.wake.Wait()
	}
}

func (q *queue) finish(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running--
	q.stopped = q.stopped || err != nil
	q.wake.Broadcast()
}

// run works until the queue is empty. The first error ends all.
func (q *queue) run(ctx context.Context, workers []worker) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, w := range workers {
		group.Go(func() error {
			for t := q.take(); t != nil; t = q.take() {
				err := t(ctx, w)
				q.finish(err)
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}
