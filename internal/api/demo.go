package api

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// DemoPath is the request of a route about one demo.
type DemoPath struct {
	IDPath
	Demo int64 `path:"demo" minimum:"1" maximum:"999999999999999"`
}

type demoListInput struct {
	IDPath
	Paging
}

type demoListOutput struct {
	Body struct {
		PageInfo
		Demos []sqldb.Demo `json:"demos" nullable:"false"`
	}
}

// demos lists a partner's demos, newest first.
func (s *Server) demos(ctx context.Context, in *demoListInput) (*demoListOutput, error) {
	rows, err := sqldb.Demos(ctx, s.opts.DB, in.ID, in.page())
	if err != nil {
		return nil, err
	}
	out := &demoListOutput{}
	out.Body.PageInfo, out.Body.Demos = pageOf(rows), rows.Items
	return out, nil
}

type demoOutput struct {
	Body struct {
		Success bool       `json:"success"`
		Demo    sqldb.Demo `json:"demo"`
		Job     *demoWork  `json:"job,omitempty" doc:"the work on it"`
	}
}

// demoWork is the work on a demo.
type demoWork struct {
	State    string `json:"state" doc:"queued, done or failed"`
	Attempts int64  `json:"attempts" doc:"how often it was tried"`
	Fault    string `json:"fault,omitempty" doc:"why the last try failed"`
}

// demo shows where a demo stands.
func (s *Server) demo(ctx context.Context, in *DemoPath) (*demoOutput, error) {
	row, err := sqldb.DemoByID(ctx, s.opts.DB, in.ID, in.Demo)
	if err != nil {
		return nil, err
	}
	job, ok, err := sqldb.JobOf(ctx, s.opts.DB, JobDemo, row.ID)
	if err != nil {
		return nil, err
	}
	out := &demoOutput{}
	out.Body.Success, out.Body.Demo = true, row
	if ok {
		out.Body.Job = &demoWork{State: job.State.String, Attempts: job.Attempts, Fault: job.Fault.String}
	}
	return out, nil
}

type demoTurnsInput struct {
	DemoPath
	From  int `query:"from" minimum:"0" maximum:"1000000" doc:"index of the first turn"`
	Limit int `query:"limit" minimum:"1" maximum:"1000" default:"200"`
}

type demoTurnsOutput struct {
	Body struct {
		Success    bool                 `json:"success"`
		Transcript sqldb.DemoTranscript `json:"transcript"`
		Turns      []sqldb.DemoTurn     `json:"turns" nullable:"false"`
	}
}

// demoTurns shows what is said in a demo.
func (s *Server) demoTurns(ctx context.Context, in *demoTurnsInput) (*demoTurnsOutput, error) {
	row, err := sqldb.DemoByID(ctx, s.opts.DB, in.ID, in.Demo)
	if err != nil {
		return nil, err
	}
	out := &demoTurnsOutput{}
	var ok bool
	if out.Body.Transcript, out.Body.Turns, ok, err = sqldb.TranscriptOf(ctx, s.opts.DB, row.ID, in.From, in.Limit); err != nil {
		return nil, err
	}
	if !ok {
		return nil, &tpe.Error{Code: tpe.NotFound, Message: "The demo has no transcript", Hint: "its state says why"}
	}
	out.Body.Success = true
	return out, nil
}

// demoRetry has a demo worked on again.
func (s *Server) demoRetry(ctx context.Context, in *DemoPath) (*demoOutput, error) {
	err := s.tx(ctx, func(tx *sqldb.Tx) error {
		row, err := sqldb.DemoByID(ctx, tx, in.ID, in.Demo)
		if err != nil {
			return err
		}
		if waits, err := sqldb.HurryJob(ctx, tx, JobDemo, row.ID); waits || err != nil {
			return err
		}
		if state := row.State.String; state != "failed" && state != "no_transcript" {
			return tpe.Errorf(tpe.Conflict, "The demo is %s: there is nothing to try again", state)
		}
		if err := sqldb.DropJobs(ctx, tx, JobDemo, row.ID); err != nil {
			return err
		}
		if err := sqldb.SetDemoState(ctx, tx, row.ID, "received", ""); err != nil {
			return err
		}
		return sqldb.AddJob(ctx, tx, JobDemo, row.ID, "{}")
	})
	if err != nil {
		return nil, err
	}
	s.wakeJobs()
	return s.demo(ctx, in)
}

// demoDelete removes a demo with its file and its transcript.
func (s *Server) demoDelete(ctx context.Context, in *DemoPath) (*done, error) {
	files, err := s.depot()
	if err != nil {
		return nil, err
	}
	leave, err := s.uploads.enter(in.Demo)
	if err != nil {
		return nil, err
	}
	defer leave()
	row, err := sqldb.DemoByID(ctx, s.opts.DB, in.ID, in.Demo)
	if err != nil {
		return nil, err
	}
	if err := s.dropDemo(ctx, files, row); err != nil {
		return nil, err
	}
	return said("Demo deleted successfully"), nil
}

// linkLife is how long a link to a file is valid.
const linkLife = 5 * time.Minute

type demoLinkOutput struct {
	Body struct {
		Success   bool   `json:"success"`
		URL       string `json:"url"`
		ExpiresAt string `json:"expires_at"`
	}
}

// demoLink makes a link to a file that is valid for a short time.
func (s *Server) demoLink(ctx context.Context, in *DemoPath) (*demoLinkOutput, error) {
	row, err := sqldb.DemoByID(ctx, s.opts.DB, in.ID, in.Demo)
	if err != nil {
		return nil, err
	}
	if row.State.String == "uploading" {
		return nil, tpe.Errorf(tpe.Conflict, "The file is not whole yet")
	}
	until := s.opts.Now().Add(linkLife).Truncate(time.Second)
	out := &demoLinkOutput{}
	out.Body.Success, out.Body.ExpiresAt = true, tpe.FormatTime(until)
	out.Body.URL = fmt.Sprintf("/api/demos/%d/content?expires=%d&signature=%s", row.ID, until.Unix(), s.linkSignature(row.ID, until.Unix()))
	return out, nil
}

// linkSignature is what makes a link valid.
func (s *Server) linkSignature(id, expires int64) string {
	m := hmac.New(sha256.New, []byte("link to a demo\x00"+s.opts.JWTSecret))
	fmt.Fprintf(m, "%d\x00%d", id, expires)
	return hex.EncodeToString(m.Sum(nil))
}

// demoContent answers GET /api/demos/{id}/content: whoever has the link may
// read the file, as long as the link is valid.
func (s *Server) demoContent(v *visit, r *http.Request) error {
	id, err := pathNumber(r, "id")
	if err != nil {
		return err
	}
	query := r.URL.Query()
	expires, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	valid := err == nil && s.opts.JWTSecret != "" && hmac.Equal([]byte(s.linkSignature(id, expires)), []byte(query.Get("signature")))
	if !valid || s.opts.Now().Unix() >= expires {
		return &tpe.Error{Code: tpe.Forbidden, Message: "The link is not valid, or not any more", Hint: "ask for a new one"}
	}
	files, err := s.depot()
	if err != nil {
		return err
	}
	row, err := sqldb.DemoByID(r.Context(), s.opts.DB, 0, id)
	if err != nil {
		return err
	}
	f, err := files.Open(r.Context(), row.StorageKey.String)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read from
	h := v.Header()
	h.Set("Content-Type", row.ContentType.String)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": row.FileName.String}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, no-store")
	if seeker, ok := f.(io.ReadSeeker); ok {
		http.ServeContent(v, r, "", time.Time{}, seeker)
		if v.status == http.StatusRequestedRangeNotSatisfiable {
			size := h.Get("Content-Range")
			v.drop()
			s.allowOrigin(v, r)
			h.Set("Content-Range", size)
			problem{status: http.StatusRequestedRangeNotSatisfiable, code: tpe.Misuse, detail: "The file has no such part"}.write(v)
		}
		return nil
	}
	h.Set("Content-Length", strconv.FormatInt(int64(row.SizeBytes.Float), 10))
	if _, err := io.Copy(v, f); err != nil {
		v.note("file broken off")
		panic(http.ErrAbortHandler) // the head is out: only a broken answer tells
	}
	return nil
}

// demoContentDoc describes the route of a link.
func demoContentDoc(op *huma.Operation) {
	op.Description = "The file of a demo, through a link that is valid for five minutes. A part of it can be asked for by Range."
	op.Parameters = append(op.Parameters, pathParam("id"),
		&huma.Param{Name: "expires", In: "query", Required: true, Schema: &huma.Schema{Type: huma.TypeInteger}},
		&huma.Param{Name: "signature", In: "query", Required: true, Schema: &huma.Schema{Type: huma.TypeString, Pattern: `^[0-9a-f]{64}$`}})
	file := map[string]*huma.MediaType{"*/*": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	for status, text := range map[string]string{"200": "The file", "206": "A part of it"} {
		op.Responses[status] = &huma.Response{Description: text, Content: file}
	}
}
