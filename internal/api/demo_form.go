package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/power100/tpe/internal/depot"
	"github.com/power100/tpe/internal/sqldb"
)

// demoFormOnce is demoForm, once for each Idempotency-Key. What a form says is
// known when its file has been read: a form that comes again is read to see
// that it is the same.
func (s *Server) demoFormOnce(ctx context.Context, v *visit, r *http.Request, files *depot.Depot, partnerID int64) error {
	c, err := keyOf(v, r)
	if err != nil {
		return err
	}
	if c == nil {
		return s.demoForm(ctx, v, r, files, partnerID, nil)
	}
	known, err := s.claim(ctx, *c, "", longestForm)
	if err != nil {
		return err
	}
	if known == nil {
		return s.claimed(v, r, *c, func(r *http.Request) error { return s.demoForm(ctx, v, r, files, partnerID, c) })
	}
	if known.Status.Valid && known.Status.Float != 0 {
		hash, err := hashForm(r)
		if err != nil {
			return askError(err)
		}
		if hash != known.RequestHash {
			return errOtherRequest
		}
	}
	return replay(v, known)
}

// longestForm is how long a form with a file may take to come.
const longestForm = 2 * time.Hour

// hashForm names the request of a form, as demoForm does.
func hashForm(r *http.Request) (string, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return "", err
	}
	var title, sum string
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			f := demoFields{Title: title}
			err = f.check(0)
			return requestHash(r, []byte(f.Title+"\n"+sum)), err
		}
		if err != nil {
			return "", err
		}
		switch {
		case part.FileName() != "":
			h := sha256.New()
			if _, err := io.Copy(h, part); err != nil {
				return "", err
			}
			sum = hex.EncodeToString(h.Sum(nil))
		case part.FormName() == "title":
			b, err := io.ReadAll(io.LimitReader(part, maxFormField))
			if err != nil {
				return "", err
			}
			title = string(b)
		}
	}
}

// demoForm takes a whole file from a form. A file that is not taken leaves
// nothing behind.
func (s *Server) demoForm(ctx context.Context, v *visit, r *http.Request, files *depot.Depot, partnerID int64, c *claim) error {
	form, err := r.MultipartReader()
	if err != nil {
		return askError(err)
	}
	row, fields, err := s.readDemoForm(ctx, form, files, partnerID)
	if err == nil && row.ID == 0 {
		return misuse("body.file", "A file is required")
	}
	if err == nil {
		v.claim = c // until here nothing has happened
		row, err = s.completeDemo(ctx, files, row, fields)
		v.claim = nil
	}
	if err == nil && c != nil {
		hash := requestHash(r, []byte(fields.Title+"\n"+row.SHA256.String))
		err = s.named(ctx, *c, hash)
	}
	if err != nil {
		if row.ID == 0 {
			return err
		}
		return errors.Join(err, s.dropDemo(background(r), files, row))
	}
	return v.created(demoAnswer{Success: true, Demo: row})
}

// readDemoForm reads a form as it comes. The row is there as soon as the file
// begins.
func (s *Server) readDemoForm(ctx context.Context, form *multipart.Reader, files *depot.Depot, partnerID int64) (row sqldb.Demo, fields demoFields, err error) {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return row, fields, fields.check(s.opts.Limits.Upload)
		}
		if err != nil {
			return row, fields, askError(err)
		}
		if part.FileName() == "" {
			b, err := io.ReadAll(io.LimitReader(part, maxFormField))
			if err != nil {
				return row, fields, askError(err)
			}
			switch part.FormName() {
			case "title":
				fields.Title = string(b)
			case "sha256":
				fields.SHA256 = string(b)
			}
			continue
		}
		if row.ID != 0 {
			return row, fields, misuse("body.file", "One file can be sent at once")
		}
		fields.FileName = part.FileName()
		if row, err = s.newDemo(ctx, files, sqldb.NewDemo{PartnerID: partnerID, FileName: fields.FileName}); err != nil {
			return row, fields, err
		}
		if _, err := files.Append(row.StorageKey.String, 0, s.opts.Limits.Upload, part); err != nil {
			return row, fields, uploadError(err)
		}
	}
}
