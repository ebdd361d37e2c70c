package bucket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"iter"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/power100/tpe/internal/tpe"
)

// S3 takes at most so many parts an object.
const maxParts = 10_000

// partsAtOnce is how many parts are under way together, of all objects of a
// bucket: as many are in memory.
const partsAtOnce = 4

// Upload writes an object of size bytes from r: in one piece, or in parts
// from PartSize on. Parts that an upload of the same key which was cut short
// has left at the server, and that are equal, are not sent again. sent is
// told of the bytes as they are taken, and may be nil.
func (b *Bucket) Upload(ctx context.Context, key string, r io.ReaderAt, size int64, c Condition, sent func(n int64)) (etag string, sum Sum, err error) {
	if sent == nil {
		sent = func(int64) {}
	}
	if size >= b.opts.PartSize {
		return b.uploadParts(ctx, key, r, size, c, sent)
	}
	h := sha256.New()
	n, err := io.Copy(h, io.NewSectionReader(r, 0, size))
	if err == nil && n != size {
		err = fmt.Errorf("%w: the file is shorter than it was", io.ErrUnexpectedEOF)
	}
	if err != nil {
		return "", "", fmt.Errorf("read %s: %w", key, err)
	}
	digest := [sha256.Size]byte(h.Sum(nil))
	etag, err = b.put(ctx, key, io.NewSectionReader(r, 0, size), size, digest, c)
	if err == nil {
		sent(size)
	}
	return etag, SHA256(digest), err
}

// Unfinished is an upload in parts that has not ended: it is under way, or was
// cut short. Nobody can read what it holds.
type Unfinished struct {
	Key   string // of the object, without the prefix of the bucket
	ID    string
	Begun time.Time
}

// Unfinished yields the uploads that have not ended of objects whose keys begin
// with a prefix.
func (b *Bucket) Unfinished(ctx context.Context, prefix string) iter.Seq2[Unfinished, error] {
	return func(yield func(Unfinished, error) bool) {
		in := &s3.ListMultipartUploadsInput{Bucket: &b.opts.Name, Prefix: b.key(prefix)}
		for {
			got, err := b.client.ListMultipartUploads(ctx, in)
			if err != nil {
				yield(Unfinished{}, b.failed("list uploads of", prefix, err))
				return
			}
			for _, u := range got.Uploads {
				key := aws.ToString(u.Key)
				if strings.HasPrefix(key, *in.Prefix) && !yield(Unfinished{strings.TrimPrefix(key, b.prefix), aws.ToString(u.UploadId), aws.ToTime(u.Initiated)}, nil) {
					return
				}
			}
			if !aws.ToBool(got.IsTruncated) {
				return
			}
			in.KeyMarker, in.UploadIdMarker = got.NextKeyMarker, got.NextUploadIdMarker
		}
	}
}

// Drop removes an upload that has not ended, with its parts. One that is not
// there is no error.
func (b *Bucket) Drop(ctx context.Context, u Unfinished) error {
	_, err := b.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &b.opts.Name, Key: b.key(u.Key), UploadId: &u.ID})
	if err != nil && statusOf(err) == http.StatusNotFound {
		return nil
	}
	return b.failed("drop upload of", u.Key, err)
}

// upload is one object that is written in parts.
type upload struct {
	b    *Bucket
	key  string
	r    io.ReaderAt
	size int64
	part int64 // bytes of every part but the last
	id   *string
	done []types.CompletedPart
	crcs []uint64 // of the parts
	sent func(int64)
}

func (b *Bucket) uploadParts(ctx context.Context, key string, r io.ReaderAt, size int64, c Condition, sent func(int64)) (string, Sum, error) {
	u := &upload{b: b, key: key, r: r, size: size, sent: sent, part: b.opts.PartSize}
	for (size+u.part-1)/u.part > maxParts {
		u.part *= 2
	}
	u.done = make([]types.CompletedPart, (size+u.part-1)/u.part)
	u.crcs = make([]uint64, len(u.done))
	have, err := u.begin(ctx)
	if err != nil {
		return "", "", err
	}
	if err := u.parts(ctx, have); err != nil {
		return "", "", err
	}
	whole := u.whole()
	etag, err := u.complete(ctx, whole, c)
	return etag, whole, err
}

// begin finds the upload that was cut short, with its parts by number, or
// makes a new one.
func (u *upload) begin(ctx context.Context) (map[int32]types.Part, error) {
	got, err := u.b.client.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &u.b.opts.Name, Prefix: u.b.key(u.key)})
	if err != nil {
		return nil, u.b.failed("list uploads of", u.key, err)
	}
	for _, old := range got.Uploads {
		if aws.ToString(old.Key) != *u.b.key(u.key) || old.ChecksumAlgorithm != types.ChecksumAlgorithmCrc64nvme {
			continue
		}
		u.id = old.UploadId
		return u.have(ctx)
	}
	made, err := u.b.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &u.b.opts.Name, Key: u.b.key(u.key), ContentType: contentType(u.key),
		ChecksumAlgorithm: types.ChecksumAlgorithmCrc64nvme, ChecksumType: types.ChecksumTypeFullObject})
	if err != nil {
		return nil, u.b.failed("begin upload of", u.key, err)
	}
	u.id = made.UploadId
	return nil, nil
}

// have lists the parts that the server has.
func (u *upload) have(ctx context.Context) (map[int32]types.Part, error) {
	out := map[int32]types.Part{}
	pages := s3.NewListPartsPaginator(u.b.client, &s3.ListPartsInput{Bucket: &u.b.opts.Name, Key: u.b.key(u.key), UploadId: u.id})
	for pages.HasMorePages() {
		got, err := pages.NextPage(ctx)
		if err != nil {
			return nil, u.b.failed("list parts of", u.key, err)
		}
		for _, p := range got.Parts {
			out[aws.ToInt32(p.PartNumber)] = p
		}
	}
	return out, nil
}

// parts sends the parts that the server lacks. After a failure no new part is
// begun, and those under way are waited for: they need not be sent again.
func (u *upload) parts(ctx context.Context, have map[int32]types.Part) error {
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	errs := make([]error, min(partsAtOnce, len(u.done)))
	for w := range errs {
		wg.Go(func() {
			for !failed.Load() {
				i := int(next.Add(1)) - 1
				if i >= len(u.done) {
					return
				}
				if errs[w] = u.send(ctx, i, have); errs[w] != nil {
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// send reads a part once, into memory, and sends it when the server lacks it.
func (u *upload) send(ctx context.Context, i int, have map[int32]types.Part) error {
	at := int64(i) * u.part
	n := min(u.part, u.size-at)
	buf, release, err := u.b.buffer(ctx, u.part)
	if err != nil {
		return u.b.failed("put a part of", u.key, err)
	}
	defer release()
	data := buf[:n]
	if got, err := u.r.ReadAt(data, at); int64(got) < n {
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: the file is shorter than it was", io.ErrUnexpectedEOF)
		}
		return fmt.Errorf("read %s: %w", u.key, err)
	}
	u.crcs[i] = crc64.Checksum(data, crcTable)
	number, text := int32(i+1), crcText(u.crcs[i])
	if p, ok := have[number]; ok && aws.ToInt64(p.Size) == n && aws.ToString(p.ChecksumCRC64NVME) == text {
		u.done[i] = types.CompletedPart{PartNumber: &number, ETag: p.ETag, ChecksumCRC64NVME: &text}
		u.sent(n)
		return nil
	}
	out, err := u.b.client.UploadPart(ctx, &s3.UploadPartInput{Bucket: &u.b.opts.Name, Key: u.b.key(u.key), UploadId: u.id, PartNumber: &number,
		Body: bytes.NewReader(data), ContentLength: &n, ChecksumCRC64NVME: &text})
	if err != nil {
		return u.b.failed("put a part of", u.key, err)
	}
	u.done[i] = types.CompletedPart{PartNumber: &number, ETag: out.ETag, ChecksumCRC64NVME: &text}
	u.sent(n)
	return nil
}

// whole returns the checksum of the object, added up from those of the parts
// in the order of the file. The server adds up what it has in the order of the
// numbers: a part that was mixed up is found.
func (u *upload) whole() Sum {
	var crc uint64
	for i, part := range u.crcs {
		crc = joinCRC(crc, part, min(u.part, u.size-int64(i)*u.part))
	}
	return Sum(crc64Sum + crcText(crc))
}

func (u *upload) complete(ctx context.Context, whole Sum, c Condition) (string, error) {
	in := &s3.CompleteMultipartUploadInput{Bucket: &u.b.opts.Name, Key: u.b.key(u.key), UploadId: u.id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: u.done}, ChecksumCRC64NVME: whole.value(crc64Sum),
		ChecksumType: types.ChecksumTypeFullObject, MpuObjectSize: &u.size}
	c.set(&in.IfMatch, &in.IfNoneMatch)
	out, err := u.b.client.CompleteMultipartUpload(ctx, in)
	if err == nil {
		return unquote(out.ETag), nil
	}
	var gone *types.NoSuchUpload
	lost := errors.As(err, &gone)
	err = u.b.failed("end upload of", u.key, err)
	code := tpe.CodeOf(err)
	if code != tpe.Conflict && !lost {
		return "", err
	}
	// The answer of an earlier attempt was lost, or another sync has ended the
	// same upload, or the object was there before.
	if code == tpe.Conflict {
		if abort := u.b.Drop(ctx, Unfinished{Key: u.key, ID: aws.ToString(u.id)}); abort != nil {
			return "", errors.Join(err, abort)
		}
	}
	return u.b.already(ctx, u.key, u.size, whole, err)
}

// buffer returns memory for a part, once there is some.
func (b *Bucket) buffer(ctx context.Context, size int64) (buf []byte, release func(), err error) {
	select {
	case b.parts <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	kept, _ := b.buffers.Get().(*[]byte)
	if kept == nil || int64(cap(*kept)) < size {
		made := make([]byte, size)
		kept = &made
	}
	return (*kept)[:size], func() { b.buffers.Put(kept); <-b.parts }, nil
}
