// Package embedding gives texts vectors whose cosine tells how near they are
// in meaning: by a service, or by a static model in a folder. It must never
// pass on vectors that are not numbers or not of one length.
package embedding

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/power100/tpe/internal/coach"
)

// Client asks a server for vectors; *coach.Client is one.
type Client interface {
	Embed(ctx context.Context, texts []string) ([][]float32, *coach.Usage, error)
}

// DefaultTimeout is how long all vectors of one call are waited for.
const DefaultTimeout = 60 * time.Second

// Options says how to ask.
type Options struct {
	Timeout time.Duration // default DefaultTimeout
}

// Service asks an OpenAI-compatible server. It is safe for concurrent use when
// its client is.
type Service struct {
	client Client
	o      Options
}

// New makes a service of a client.
func New(client Client, o Options) *Service {
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	return &Service{client, o}
}

// batch is how many texts are sent at once.
const batch = 128

// Embed returns a vector for each text. The error says that the server did not
// answer in time, or not with vectors that can be used.
func (s *Service) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	ctx, stop := context.WithTimeoutCause(ctx, s.o.Timeout, fmt.Errorf("no answer within %v", s.o.Timeout))
	defer stop()
	var all [][]float32
	for part := range slices.Chunk(texts, batch) {
		vectors, _, err := s.client.Embed(ctx, part)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, vectors...)
	}
	return all, check(all, len(texts))
}

// check refuses vectors that cannot be compared.
func check(vectors [][]float32, n int) error {
	if len(vectors) != n {
		return fmt.Errorf("%d vectors for %d texts", len(vectors), n)
	}
	for _, v := range vectors {
		if len(v) == 0 || len(v) != len(vectors[0]) {
			return errors.New("the vectors are not of one length")
		}
		for _, x := range v {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				return errors.New("a vector is not of numbers")
			}
		}
	}
	return nil
}
