package bucket

import (
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// List yields the objects whose keys begin with a prefix, in the order of the
// bytes of their keys. The next page is asked for while one is used; no more
// than two pages of 1,000 are in memory.
func (b *Bucket) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		pages := make(chan page)
		go b.pages(ctx, prefix, pages)
		for p := range pages {
			if p.err != nil {
				yield(Object{}, p.err)
				return
			}
			for _, o := range p.objects {
				if !yield(o, nil) {
					return
				}
			}
		}
	}
}

// page is one page of a listing.
type page struct {
	objects []Object
	err     error
}

func (b *Bucket) pages(ctx context.Context, prefix string, out chan<- page) {
	defer close(out)
	send := func(p page) bool {
		select {
		case out <- p:
			return p.err == nil
		case <-ctx.Done():
			return false
		}
	}
	in := &s3.ListObjectsV2Input{Bucket: &b.opts.Name, Prefix: b.key(prefix)}
	for {
		got, err := b.client.ListObjectsV2(ctx, in)
		if err != nil {
			send(page{err: b.failed("list", "", err)})
			return
		}
		p := page{objects: make([]Object, 0, len(got.Contents))}
		for i := range got.Contents {
			o := &got.Contents[i]
			p.objects = append(p.objects, Object{strings.TrimPrefix(aws.ToString(o.Key), b.prefix), aws.ToInt64(o.Size), unquote(o.ETag), aws.ToTime(o.LastModified)})
		}
		if !send(p) || !aws.ToBool(got.IsTruncated) {
			return
		}
		in.ContinuationToken = got.NextContinuationToken
	}
}
