package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/power100/tpe/internal/depot"
	"github.com/power100/tpe/internal/media"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
	"github.com/power100/tpe/internal/transcript"
)

// uploads notes which demos are being written, so that one sender at a time
// writes a file.
type uploads struct {
	mu   sync.Mutex
	busy map[int64]bool
}

func (u *uploads) enter(id int64) (leave func(), err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.busy[id] {
		return nil, &tpe.Error{Code: tpe.Conflict, Message: "The file is being written by another request"}
	}
	u.busy[id] = true
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.busy, id)
	}, nil
}

// demoAnswer is the answer of the routes that take a file in.
type demoAnswer struct {
	Success bool       `json:"success"`
	Demo    sqldb.Demo `json:"demo"`
	Upload  string     `json:"upload,omitempty"` // where the file is sent to
}

// depot returns where files are kept.
func (s *Server) depot() (*depot.Depot, error) {
	if s.opts.Files == nil {
		return nil, &tpe.Error{Code: tpe.Unavailable, Message: "No folder for uploads is set up", Hint: "UPLOADS_DIR names it"}
	}
	return s.opts.Files, nil
}

// demoCreate answers POST /api/partners/{id}/demos: a form with the file, or
// JSON that announces a file which is sent in pieces.
func (s *Server) demoCreate(v *visit, r *http.Request) error {
	if err := s.admit(v, r, partner|admin); err != nil {
		return err
	}
	ctx := context.WithValue(r.Context(), visitKey{}, v)
	id, err := pathNumber(r, "id")
	if err != nil {
		return err
	}
	files, err := s.depot()
	if err != nil {
		return err
	}
	found, err := sqldb.PartnerExists(ctx, s.opts.DB, id)
	if err == nil && !found {
		err = tpe.Errorf(tpe.NotFound, "Partner not found")
	}
	if err != nil {
		return err
	}
	switch mediaType(first(r.Header, "Content-Type")) {
	case "multipart/form-data":
		return s.demoFormOnce(ctx, v, r, files, id)
	case "application/json":
		return s.idempotent(v, r, maxFormField, false, func(r *http.Request) error { return s.demoAnnounced(ctx, v, r, files, id) })
	}
	return &tpe.Error{Code: tpe.Unsupported, Message: "The Content-Type is not supported", Hint: "send multipart/form-data with the file, or application/json to announce a file that is sent in pieces"}
}

// newDemo begins a demo.
func (s *Server) newDemo(ctx context.Context, files *depot.Depot, d sqldb.NewDemo) (row sqldb.Demo, err error) {
	me := who(ctx)
	d.FileName, d.Storage, d.StorageKey, d.ByRole, d.By = media.Name(d.FileName), files.Where(), uuid.NewString(), me.UserType, number(me.UserID)
	err = s.tx(ctx, func(tx *sqldb.Tx) (err error) {
		row, err = sqldb.AddDemo(ctx, tx, d)
		return err
	})
	return row, err
}

// demoFields are what a sender says of a file.
type demoFields struct {
	FileName string `json:"file_name"`
	Title    string `json:"title"`
	Size     *whole `json:"size_bytes"`
	SHA256   string `json:"sha256"`
}

var hexSum = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Lengths in characters.
const (
	maxTitle    = 200
	maxFileName = 300
)

// check puts the fields into the form in which they are kept.
func (d *demoFields) check(most int64) error {
	d.Title = strings.ReplaceAll(strings.ToValidUTF8(strings.TrimSpace(d.Title), "\ufffd"), "\x00", "\ufffd")
	d.SHA256 = strings.ToLower(d.SHA256)
	switch {
	case len([]rune(d.Title)) > maxTitle:
		return misuse("body.title", "Title: at most "+strconv.Itoa(maxTitle)+" characters")
	case d.SHA256 != "" && !hexSum.MatchString(d.SHA256):
		return misuse("body.sha256", "Sha256: 64 hexadecimal digits are expected")
	case d.Size != nil && *d.Size < 1:
		return misuse("body.size_bytes", "Size bytes: a whole number from 1 is expected")
	case d.Size != nil && int64(*d.Size) > most:
		return misuse("body.size_bytes", "Size bytes: at most "+strconv.FormatInt(most, 10)+" are taken")
	}
	return nil
}

// uploadError gives an error of taking a file in its code.
func uploadError(err error) error {
	if tpe.CodeOf(err) != tpe.Internal {
		return err
	}
	return &tpe.Error{Code: tpe.Misuse, Message: "The file ended early", Hint: "send the rest from the offset that the demo tells", Err: err}
}

// demoAnnounced begins a file that is sent in pieces.
func (s *Server) demoAnnounced(ctx context.Context, v *visit, r *http.Request, files *depot.Depot, partnerID int64) error {
	b, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxFormField))
	if err != nil {
		return askError(err)
	}
	var f demoFields
	if err := json.Unmarshal(b, &f); err != nil {
		return &tpe.Error{Code: tpe.Misuse, Message: "The body is not JSON of the form that is described", Err: err}
	}
	switch n := utf8.RuneCountInString(f.FileName); {
	case strings.TrimSpace(f.FileName) == "":
		return misuse("body.file_name", "File name is required")
	case n > maxFileName:
		return misuse("body.file_name", "File name: at most "+strconv.Itoa(maxFileName)+" characters")
	}
	if err := f.check(s.opts.Limits.Upload); err != nil {
		return err
	}
	row, err := s.newDemo(ctx, files, sqldb.NewDemo{PartnerID: partnerID, Title: f.Title, FileName: f.FileName, Size: (*int64)(f.Size), SHA256: f.SHA256})
	if err != nil {
		return err
	}
	at := "/api/partners/" + idText(partnerID) + "/demos/" + idText(row.ID) + "/content"
	v.Header()["Location"] = []string{at}
	return v.created(demoAnswer{Success: true, Demo: row, Upload: at})
}

// created answers 201 with a value as JSON.
func (v *visit) created(value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	v.json(http.StatusCreated, append(b, '\n'))
	return nil
}

// demoAppend answers PATCH /api/partners/{id}/demos/{demo}/content: a piece of
// an announced file, from Upload-Offset on. The file is whole when it has the
// size that was announced, or when Upload-Complete is ?1.
func (s *Server) demoAppend(v *visit, r *http.Request) error {
	if err := s.allow(v, r, partner|admin); err != nil {
		return err
	}
	ctx := context.WithValue(r.Context(), visitKey{}, v)
	partnerID, err := pathNumber(r, "id")
	if err != nil {
		return err
	}
	id, err := pathNumber(r, "demo")
	if err != nil {
		return err
	}
	files, err := s.depot()
	if err != nil {
		return err
	}
	offset, err := strconv.ParseInt(wholeText(first(r.Header, "Upload-Offset")), 10, 64)
	if err != nil || offset < 0 {
		return misuse("header.Upload-Offset", "Upload-Offset: the number of bytes that were sent before is expected")
	}
	if flag := r.Header["Upload-Complete"]; len(flag) > 0 && flag[0] != "?1" && flag[0] != "?0" {
		return misuse("header.Upload-Complete", "Upload-Complete: ?0 or ?1 is expected")
	}
	leave, err := s.uploads.enter(id)
	if err != nil {
		return err
	}
	defer leave()
	row, err := sqldb.DemoByID(ctx, s.opts.DB, partnerID, id)
	if err != nil {
		return err
	}
	if row.State.String != "uploading" {
		return tpe.Errorf(tpe.Conflict, "The file is whole already")
	}
	row, err = s.appendDemo(ctx, r, files, row, offset)
	v.Header()["Upload-Offset"] = []string{strconv.FormatInt(int64(row.ReceivedBytes.Float), 10)}
	if err != nil {
		return err
	}
	return v.encode(demoAnswer{Success: true, Demo: row})
}

// appendDemo stores a piece and, when it is the last one, completes the file.
func (s *Server) appendDemo(ctx context.Context, r *http.Request, files *depot.Depot, row sqldb.Demo, offset int64) (sqldb.Demo, error) {
	most := s.opts.Limits.Upload
	if row.SizeBytes.Valid {
		most = int64(row.SizeBytes.Float)
	}
	if offset > most {
		return row, tpe.Errorf(tpe.Conflict, "The file ends at %d bytes", most)
	}
	size, err := files.Append(row.StorageKey.String, offset, most, r.Body)
	row.ReceivedBytes = sqldb.Number{Float: float64(size), Valid: true}
	// What came counts, whatever happened to the sender.
	if noteErr := sqldb.ReceiveDemo(background(r), s.opts.DB, row.ID, size); noteErr != nil {
		return row, noteErr
	}
	if err != nil {
		return row, uploadError(err)
	}
	if first(r.Header, "Upload-Complete") != "?1" && !(row.SizeBytes.Valid && size == most) {
		return row, nil
	}
	if row.SizeBytes.Valid && size < most {
		return row, tpe.Errorf(tpe.Conflict, "The file has %d of %d bytes", size, most)
	}
	whole, err := s.completeDemo(ctx, files, row, demoFields{SHA256: row.SHA256.String})
	if err != nil {
		if code := tpe.CodeOf(err); code == tpe.Unsupported || code == tpe.Mismatch || code == tpe.Misuse {
			err = errors.Join(err, s.dropDemo(background(r), files, row)) // it can never be taken
		}
		return row, err
	}
	return whole, nil
}

// completeDemo looks at a whole file: its checksum and, by its content, its
// type. Then it stores that it is whole, records it, and queues the work on
// it.
func (s *Server) completeDemo(ctx context.Context, files *depot.Depot, row sqldb.Demo, f demoFields) (sqldb.Demo, error) {
	file, size, err := files.Incoming(row.StorageKey.String)
	if err != nil {
		return row, err
	}
	defer func() { _ = file.Close() }() // only read from
	if size == 0 {
		return row, misuse("body.file", "The file is empty")
	}
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return row, fmt.Errorf("read upload: %w", err)
	}
	sum := hex.EncodeToString(h.Sum(nil))
	if f.SHA256 != "" && f.SHA256 != sum {
		return row, &tpe.Error{Code: tpe.Mismatch, Message: "The file is not the one that was announced: its SHA-256 is " + sum, Hint: "send it again"}
	}
	contentType, isText, err := demoType(file, size)
	if err != nil {
		return row, err
	}
	err = s.tx(ctx, func(tx *sqldb.Tx) error {
		record := object{"file_name": row.FileName.String, "content_type": contentType, "bytes": size, "sha256": sum, "storage_key": row.StorageKey.String, "transcript": isText}
		recorded, err := s.happened(ctx, tx, outcome{Type: tpe.TypeDemoUpload, Fields: object{"partner_id": idText(row.PartnerID), "stakeholder_type": "demo", "upload": record}})
		if err != nil {
			return err
		}
		ok, err := sqldb.CompleteDemo(ctx, tx, row.ID, sqldb.WholeDemo{ContentType: contentType, SHA256: sum, Size: size, Title: f.Title, InteractionID: recorded.String(), At: s.opts.Now()})
		if err == nil && !ok {
			err = tpe.Errorf(tpe.Conflict, "The file is whole already")
		}
		if err == nil {
			err = sqldb.AddJob(ctx, tx, JobDemo, row.ID, "{}")
		}
		return err
	})
	if err != nil {
		return row, err
	}
	s.wakeJobs()
	return sqldb.DemoByID(ctx, s.opts.DB, row.PartnerID, row.ID)
}

// demoType tells what a file is. The error is of the code Unsupported for
// what is no video, recording, PDF or text.
func demoType(file depot.File, size int64) (name string, isText bool, err error) {
	kind, err := media.Sniff(file, size)
	if err != nil {
		return "", false, err
	}
	switch {
	case kind.Kind == media.Video || kind.Kind == media.Audio || kind.MediaType == media.PDF:
		return kind.MediaType, false, nil
	case kind.Kind != media.Text:
		return "", false, &tpe.Error{Code: tpe.Unsupported, Message: "The file is no video, recording, PDF or transcript", Hint: "a transcript is WebVTT, SubRip or plain text"}
	}
	head := make([]byte, min(size, 64<<10))
	if _, err := file.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", false, fmt.Errorf("read upload: %w", err)
	}
	if format, ok := transcript.Detect(head); ok {
		return format.MediaType(), true, nil
	}
	return kind.MediaType, true, nil
}

// dropDemo removes a demo and its file. A process that is killed between the
// two leaves the file to the job.
func (s *Server) dropDemo(ctx context.Context, files *depot.Depot, row sqldb.Demo) error {
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		if err := s.removeFile(ctx, tx, row.ID, row.StorageKey.String); err != nil {
			return err
		}
		return sqldb.RemoveDemo(ctx, tx, row.ID)
	})
	if err != nil {
		return err
	}
	return files.Remove(ctx, row.StorageKey.String)
}

// pathNumber reads an id of the path of a plain route.
func pathNumber(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil || n < 1 || n > maxIdent {
		return 0, tpe.Errorf(tpe.NotFound, "%s: a whole number from 1 is expected", field(name)) // nothing can have another
	}
	return n, nil
}

// demoCreateDoc describes POST /api/partners/{id}/demos.
func (s *Server) demoCreateDoc(op *huma.Operation) {
	op.Description = "A video, a recording, a PDF, or a transcript as WebVTT, SubRip or plain text; which it is, its content tells. As a form it is sent at once. A large file is announced as JSON and sent in pieces to the address in `upload`, so that it can go on after a break."
	title := &huma.Schema{Type: huma.TypeString, MaxLength: ptr(maxTitle), Description: "What to call it."}
	sum := &huma.Schema{Type: huma.TypeString, Pattern: `^([0-9a-fA-F]{64})?$`, Description: "The file's SHA-256, to be compared."}
	form := formOf(map[string]*huma.Schema{"title": title, "sha256": sum, "file": {Type: huma.TypeString, Format: "binary"}})
	form.Required = []string{"file"}
	announced := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Required: []string{"file_name"}, Properties: map[string]*huma.Schema{
		"file_name": {Type: huma.TypeString, MinLength: ptr(1), MaxLength: ptr(maxFileName), Pattern: `[^\s]`}, "title": title,
		"size_bytes": {Type: huma.TypeInteger, Minimum: ptr(1.0), Maximum: ptr(float64(s.opts.Limits.Upload))}, "sha256": sum}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"multipart/form-data": {Schema: form, Encoding: map[string]*huma.Encoding{"file": {ContentType: "text/vtt, text/plain, application/x-subrip, application/pdf, audio/mpeg, video/mp4"}}},
		"application/json":    {Schema: announced}}}
	op.Parameters = append(op.Parameters, pathParam("id"), keyParam())
	op.Responses["201"] = &huma.Response{Description: "Created", Content: map[string]*huma.MediaType{"application/json": {Schema: anyObject()}}}
}

// demoAppendDoc describes the route that takes a piece of a file.
func (s *Server) demoAppendDoc(op *huma.Operation) {
	op.Description = "A piece of the file. Upload-Offset says how many bytes were sent before; the demo's received_bytes, and Upload-Offset of each answer, tell how many came."
	op.Parameters = append(op.Parameters, pathParam("id"), pathParam("demo"),
		&huma.Param{Name: "Upload-Offset", In: "header", Required: true, Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: ptr(0.0), Maximum: ptr(1e12)}},
		&huma.Param{Name: "Upload-Complete", In: "header", Description: "?1 with the last piece of a file whose size was not announced.", Schema: &huma.Schema{Type: huma.TypeString, Enum: []any{"?0", "?1"}}})
	op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{"application/offset+octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	op.Responses["200"] = &huma.Response{Description: "Taken", Content: map[string]*huma.MediaType{"application/json": {Schema: anyObject()}}}
}

// formOf describes a form of several parts. The names of its fields stand in
// heads, where control characters cannot be.
func formOf(members map[string]*huma.Schema) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Properties: members, AdditionalProperties: true,
		Extensions: map[string]any{"propertyNames": object{"pattern": `^[^\x00-\x1f\x7f]*$`}}}
}

func pathParam(name string) *huma.Param {
	return &huma.Param{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: ptr(1.0), Maximum: ptr(float64(maxIdent))}}
}
