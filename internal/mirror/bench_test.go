package mirror

import (
	"fmt"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/bucket/buckettest"
)

// benchFiles is how many files of about 1 KB a sync has to do with.
const benchFiles = 3000

func benchLake(b *testing.B) (*testLake, *buckettest.Server) {
	l := newTestLake(b)
	for i := range benchFiles {
		l.put(fmt.Sprintf("raw/%sf%05d.json", day, i), fmt.Sprintf(`{"n":%d,"x":%q}`, i, strings.Repeat("x", 1000)))
	}
	return l, buckettest.Start(b, buckettest.Options{})
}

// BenchmarkFirst sends every file: PUT by PUT, to a prefix of its own.
func BenchmarkFirst(b *testing.B) {
	l, s := benchLake(b)
	for i := 0; b.Loop(); i++ {
		o := Options{Lake: l.Lake, Bucket: s.Open(func(o *bucket.Options) { o.Prefix = fmt.Sprint("p", i) })}
		if r := synced(b, o); r.Uploaded.Files != benchFiles {
			b.Fatalf("%+v", r)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*benchFiles), "us/file")
}

// BenchmarkUnchanged finds that there is nothing to do.
func BenchmarkUnchanged(b *testing.B) {
	l, s := benchLake(b)
	o := Options{Lake: l.Lake, Bucket: s.Open()}
	synced(b, o)
	for b.Loop() {
		if r := synced(b, o); r.Unchanged.Files != benchFiles {
			b.Fatalf("%+v", r)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*benchFiles), "us/file")
}
