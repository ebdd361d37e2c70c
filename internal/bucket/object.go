package bucket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/power100/tpe/internal/tpe"
)

// Object is an object as a listing shows it.
type Object struct {
	Key      string // without the prefix of the bucket
	Size     int64  // bytes
	ETag     string // without quotes
	Modified time.Time
}

// Condition says when a put may go ahead. The zero value replaces whatever is
// there.
type Condition struct {
	Absent bool   // only when there is no object of the key
	ETag   string // only when the object there has this ETag
}

// set writes a condition into the fields of a request.
func (c Condition) set(match, noneMatch **string) {
	if c.Absent {
		*noneMatch = aws.String("*")
	} else if c.ETag != "" {
		*match = aws.String(`"` + c.ETag + `"`)
	}
}

// Put writes a small object, with its SHA-256, which the server compares and
// stores. It returns the ETag and the checksum. The error is of the code Conflict when the
// condition does not hold and the object there is another one.
func (b *Bucket) Put(ctx context.Context, key string, data []byte, c Condition) (etag string, sum Sum, err error) {
	digest := sha256.Sum256(data)
	etag, err = b.put(ctx, key, bytes.NewReader(data), int64(len(data)), digest, c)
	return etag, SHA256(digest), err
}

func (b *Bucket) put(ctx context.Context, key string, body io.ReadSeeker, size int64, digest [sha256.Size]byte, c Condition) (string, error) {
	sum := SHA256(digest)
	in := &s3.PutObjectInput{Bucket: &b.opts.Name, Key: b.key(key), Body: body, ContentLength: &size,
		ContentType: contentType(key), ChecksumSHA256: sum.value(sha256Sum)}
	c.set(&in.IfMatch, &in.IfNoneMatch)
	out, err := b.client.PutObject(v4.SetPayloadHash(ctx, hex.EncodeToString(digest[:])), in)
	if err == nil {
		return unquote(out.ETag), nil
	}
	err = b.failed("put", key, err)
	if tpe.CodeOf(err) == tpe.Conflict {
		return b.already(ctx, key, size, sum, err)
	}
	return "", err
}

// already looks whether the object that stands in the way is the one that was
// to be written: an earlier attempt whose answer was lost, or somebody else's.
func (b *Bucket) already(ctx context.Context, key string, size int64, sum Sum, conflict error) (string, error) {
	is, err := b.Head(ctx, key)
	switch {
	case err == nil && is.Size == size && is.Sum == sum:
		return is.ETag, nil
	case err == nil || tpe.CodeOf(err) == tpe.NotFound:
		return "", conflict
	default:
		return "", err
	}
}

// Info is what the server says of one object.
type Info struct {
	Object
	Sum Sum // as it was stored with the object; empty when there is none
}

// Head asks for one object without its content.
func (b *Bucket) Head(ctx context.Context, key string) (Info, error) {
	out, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.opts.Name, Key: b.key(key), ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		return Info{}, b.failed("look at", key, err)
	}
	return Info{Object{key, aws.ToInt64(out.ContentLength), unquote(out.ETag), aws.ToTime(out.LastModified)},
		sumOf(out.ChecksumSHA256, out.ChecksumCRC64NVME)}, nil
}

// Get reads an object. The reader's last read fails with the code Mismatch
// when the bytes are not those of the checksum that is stored with the
// object.
func (b *Bucket) Get(ctx context.Context, key string) (io.ReadCloser, Info, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.opts.Name, Key: b.key(key), ChecksumMode: types.ChecksumModeEnabled})
	if err != nil {
		return nil, Info{}, b.failed("get", key, err)
	}
	info := Info{Object{key, aws.ToInt64(out.ContentLength), unquote(out.ETag), aws.ToTime(out.LastModified)},
		sumOf(out.ChecksumSHA256, out.ChecksumCRC64NVME)}
	return &checked{body: out.Body, b: b, info: info}, info, nil
}

// checked is the content of an object, whose checksum the SDK compares.
type checked struct {
	body io.ReadCloser
	b    *Bucket
	info Info
	n    int64
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.body.Read(p)
	c.n += int64(n)
	if err == nil || err == io.EOF && c.n == c.info.Size {
		return n, err
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, c.b.failed("get", c.info.Key, err)
}

func (c *checked) Close() error { return c.body.Close() }

// Delete removes an object. One that is not there is no error. In a bucket
// that keeps versions the old ones stay, see Versions.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.opts.Name, Key: b.key(key)})
	return b.failed("delete", key, err)
}

func unquote(etag *string) string { return strings.Trim(aws.ToString(etag), `"`) }

// contentType tells browsers and consoles what an object holds.
func contentType(key string) *string {
	for _, t := range []struct{ ending, name string }{
		{".parquet", "application/vnd.apache.parquet"}, {".zst", "application/zstd"}, {".gz", "application/gzip"},
		{".ndjson", "application/x-ndjson"}, {".jsonl", "application/x-ndjson"}, {".json", "application/json"},
	} {
		if strings.HasSuffix(key, t.ending) {
			return aws.String(t.name)
		}
	}
	return aws.String("application/octet-stream")
}
