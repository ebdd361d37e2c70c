package bucket

import (
	"context"
	"errors"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/power100/tpe/internal/amazon"
	"github.com/power100/tpe/internal/tpe"
)

// failed gives an error of a request its code and a text that a person can
// act on. The codes: NotFound for an object that is not there, Conflict for a
// condition that did not hold, Unauthorized and Forbidden, TooMany for a
// server that asks to slow down, Unavailable for one that is away or has no
// such bucket.
func (b *Bucket) failed(verb, key string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return &tpe.Error{Code: tpe.Interrupted, Message: "interrupted", Err: context.Canceled}
	}
	e := &tpe.Error{Code: tpe.Unavailable, Message: verb + " " + b.String(), Err: amazon.Plain(err)}
	if key != "" {
		e.Message += "/" + key
	}
	status, code := statusOf(err), ""
	var api smithy.APIError
	if errors.As(err, &api) {
		code = api.ErrorCode()
	}
	switch {
	case code == "NoSuchBucket" || status == 404 && key == "" && code == "NotFound":
		e.Hint = "make the bucket, or name another one by DATA_LAKE_BUCKET or --to"
	case code == "NoSuchKey" || code == "NotFound" || code == "NoSuchVersion" || code == "NoSuchUpload":
		e.Code = tpe.NotFound
	case status == 412 || status == 409:
		e.Code = tpe.Conflict
	case code == "InvalidAccessKeyId" || code == "SignatureDoesNotMatch" || code == "ExpiredToken" || strings.HasSuffix(code, "UserNotFound") || status == 401:
		e.Code, e.Hint = tpe.Unauthorized, "see AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION"
	case status == 403:
		e.Code, e.Hint = tpe.Forbidden, "see the keys, and what they may do with the bucket"
	case status == 301:
		e.Hint = "the bucket is in another region: set AWS_REGION"
	case status == 503 && code == "SlowDown" || status == 429:
		e.Code = tpe.TooMany
	case status >= 400 && status < 500:
		e.Code = tpe.Internal
	case strings.Contains(err.Error(), "checksum did not match"): // the SDK has no type for it
		e.Code, e.Err = tpe.Mismatch, errors.New("the bytes are not those of the checksum that is stored with them")
	case status == 0 && code == "":
		if amazon.Keyless(err) {
			e.Code, e.Err, e.Hint = tpe.Unauthorized, errors.New("no keys are configured"), "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role"
		} else {
			e.Hint = "see whether the server is up, and AWS_ENDPOINT_URL"
		}
	}
	return e
}

// statusOf returns the HTTP status of an error, 0 when there was no answer.
func statusOf(err error) int {
	var r *awshttp.ResponseError
	if errors.As(err, &r) {
		return r.HTTPStatusCode()
	}
	return 0
}

// Throttled reports whether an error means that the server has too much to
// do, or is not there.
func Throttled(err error) bool {
	s := statusOf(err)
	return s == 0 || s == 429 || s >= 500
}
