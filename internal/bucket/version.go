package bucket

import (
	"context"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Version is one version of an object, or the mark of its deletion.
type Version struct {
	Object
	ID      string // "null" where the bucket keeps no versions
	Latest  bool
	Deleted bool // a mark of deletion, without content
}

// Versions yields every version of the objects whose keys begin with a
// prefix. A bucket that keeps none has one of each object.
func (b *Bucket) Versions(ctx context.Context, prefix string) iter.Seq2[Version, error] {
	return func(yield func(Version, error) bool) {
		in := &s3.ListObjectVersionsInput{Bucket: &b.opts.Name, Prefix: b.key(prefix)}
		for {
			got, err := b.client.ListObjectVersions(ctx, in)
			if err != nil {
				yield(Version{}, b.failed("list versions of", "", err))
				return
			}
			for i := range got.Versions {
				v := &got.Versions[i]
				o := Object{strings.TrimPrefix(aws.ToString(v.Key), b.prefix), aws.ToInt64(v.Size), unquote(v.ETag), aws.ToTime(v.LastModified)}
				if !yield(Version{Object: o, ID: aws.ToString(v.VersionId), Latest: aws.ToBool(v.IsLatest)}, nil) {
					return
				}
			}
			for i := range got.DeleteMarkers {
				v := &got.DeleteMarkers[i]
				o := Object{Key: strings.TrimPrefix(aws.ToString(v.Key), b.prefix), Modified: aws.ToTime(v.LastModified)}
				if !yield(Version{Object: o, ID: aws.ToString(v.VersionId), Latest: aws.ToBool(v.IsLatest), Deleted: true}, nil) {
					return
				}
			}
			if !aws.ToBool(got.IsTruncated) {
				return
			}
			in.KeyMarker, in.VersionIdMarker = got.NextKeyMarker, got.NextVersionIdMarker
		}
	}
}

// DeleteVersion removes one version of an object for good.
func (b *Bucket) DeleteVersion(ctx context.Context, key, id string) error {
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.opts.Name, Key: b.key(key), VersionId: aws.String(id)})
	return b.failed("delete version of", key, err)
}

// KeepVersions makes the bucket keep the old versions of its objects from now
// on.
func (b *Bucket) KeepVersions(ctx context.Context) error {
	_, err := b.client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: &b.opts.Name,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	return b.failed("keep versions in", "", err)
}
