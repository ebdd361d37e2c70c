package source

import (
	"context"
	"iter"
	"sync"
)

// Each runs work on the chunks in several goroutines and hands the results
// to done one by one, in the order of the chunks, in the calling goroutine.
// newWorker is called once for each goroutine, so that the worker can keep
// state of its own. At most two chunks a worker are under way, which bounds
// memory. Chunks are released after done has seen the result, so that a
// result may point into its chunk. A caller whose chunks carry more than
// records embeds *Chunk in a type of its own.
//
// The first error of done ends it and is returned; so is ctx.Err when ctx is
// cancelled.
func Each[C interface{ Release() }, T any](ctx context.Context, chunks iter.Seq[C], workers int, newWorker func() func(C) T, done func(T) error) error {
	ctx, cancel := context.WithCancel(ctx)
	type job struct {
		chunk  C
		result chan T
	}
	todo := make(chan *job)
	order := make(chan *job, 2*workers)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()

	for range workers {
		wg.Go(func() {
			work := newWorker()
			for j := range todo {
				j.result <- work(j.chunk)
			}
		})
	}
	wg.Go(func() {
		defer close(order)
		defer close(todo)
		for c := range chunks {
			j := &job{chunk: c, result: make(chan T, 1)}
			select {
			case order <- j:
			case <-ctx.Done():
				return
			}
			select {
			case todo <- j:
			case <-ctx.Done():
				return
			}
		}
	})

	for j := range order {
		select {
		case result := <-j.result:
			err := done(result)
			j.chunk.Release()
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return ctx.Err()
}
