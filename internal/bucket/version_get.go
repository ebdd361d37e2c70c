package bucket

import (
	"context"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// GetVersion reads one version of an object, as Get does.
func (b *Bucket) GetVersion(ctx context.Context, key, id string) (io.ReadCloser, Info, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.opts.Name, Key: b.key(key), VersionId: aws.String(id), ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		return nil, Info{}, b.failed("get version of", key, err)
	}
	info := Info{Object{key, aws.ToInt64(out.ContentLength), unquote(out.ETag), aws.ToTime(out.LastModified)},
		sumOf(out.ChecksumSHA256, out.ChecksumCRC64NVME)}
	return &checked{body: out.Body, b: b, info: info}, info, nil
}
