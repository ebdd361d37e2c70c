package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/power100/tpe/internal/coach"
	"github.com/power100/tpe/internal/depot"
	"github.com/power100/tpe/internal/jobs"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
	"github.com/power100/tpe/internal/transcript"
)

// JobDemo is the kind of job that works on a demo.
const JobDemo = "demo"

// JobRemoveFile is the kind of job that removes a file of a demo that is gone.
const JobRemoveFile = "remove_file"

// removeFile asks for a demo's file to be removed when the transaction
// commits, and for no more work on it.
func (s *Server) removeFile(ctx context.Context, tx *sqldb.Tx, demo int64, key string) error {
	if err := sqldb.DropJobs(ctx, tx, JobDemo, demo); err != nil {
		return err
	}
	return sqldb.AddJob(ctx, tx, JobRemoveFile, demo, jsonText(object{"key": key}))
}

// RemoveFile does a job of the kind JobRemoveFile.
func (s *Server) RemoveFile(ctx context.Context, job sqldb.Job) error {
	var file struct{ Key string }
	if err := json.Unmarshal([]byte(job.Payload.String), &file); err != nil {
		return &tpe.Error{Code: tpe.Invalid, Message: "the job names no file", Err: err}
	}
	files, err := s.depot()
	if err != nil {
		return err
	}
	return files.Remove(ctx, file.Key)
}

// WorkOnDemo does a job of the kind JobDemo: it puts the file where it is kept,
// takes the transcript from it, and notes where the demo stands. A failure is
// noted too, and returned, so that the job is tried again.
func (s *Server) WorkOnDemo(ctx context.Context, job sqldb.Job) error {
	id := int64(job.SubjectID.Float)
	r, err := s.workOnDemo(ctx, id)
	if ctx.Err() != nil {
		return ctx.Err() // the server stops, or it took too long: it is tried again
	}
	if code := tpe.CodeOf(err); code == tpe.Unsupported || code == tpe.TooLarge {
		err = &tpe.Error{Code: tpe.Invalid, Message: forPeople(err), Err: err} // another try would end the same
	}
	return errors.Join(err, s.noteDemo(ctx, id, r, err, job.Attempts >= jobs.Tries))
}

// noteDemo stores what came of the work on a demo.
func (s *Server) noteDemo(ctx context.Context, id int64, r demoResult, failure error, last bool) error {
	_, err := s.opts.DB.Tx(ctx, func(tx *sqldb.Tx) error {
		state, fault := "ready", ""
		switch code := tpe.CodeOf(failure); {
		case failure == nil && r.source == "":
			state, fault = "no_transcript", r.missing
		case failure == nil:
			if err := sqldb.SaveTranscript(ctx, tx, id, r.source, r.model, r.duration, r.turns); err != nil {
				return err
			}
		case code == tpe.Invalid || code == tpe.NotFound || code == tpe.Misuse || last:
			state, fault = "failed", forPeople(failure)
		default:
			state, fault = "received", forPeople(failure)
		}
		return sqldb.SetDemoState(ctx, tx, id, state, fault)
	})
	return err
}

// demoResult is what came of the work on a demo.
type demoResult struct {
	source   string // webvtt, subrip, plain, model; empty: no transcript
	model    string
	duration time.Duration
	turns    []transcript.Turn
	missing  string // why there is no transcript
}

// forPeople says what went wrong without what is for the log only.
func forPeople(err error) string {
	var known *tpe.Error
	if tpe.CodeOf(err) == tpe.Internal || !errors.As(err, &known) {
		return "internal error"
	}
	return strings.TrimSuffix(known.Message+"; "+known.Hint, "; ")
}

// workOnDemo puts a file where it is kept and takes the transcript from it.
func (s *Server) workOnDemo(ctx context.Context, id int64) (demoResult, error) {
	r := demoResult{}
	row, err := sqldb.DemoByID(ctx, s.opts.DB, 0, id)
	if err != nil {
		return r, err
	}
	files := s.opts.Files
	if err := files.Keep(ctx, row.StorageKey.String); err != nil {
		return r, err
	}
	kind, _, _ := strings.Cut(row.ContentType.String, "/")
	switch {
	case kind == "text" || row.ContentType.String == transcript.SubRip.MediaType():
		return r, r.read(ctx, files, row)
	case kind != "audio" && kind != "video":
		r.missing = "No text is taken from a file of the type " + row.ContentType.String + ": send a transcript beside it"
		return r, nil
	case s.opts.Coach == nil || !s.opts.Coach.Transcribes():
		r.missing = "Recordings are not transcribed: OPENAI_API_KEY and AI_TRANSCRIPTION_MODEL are not set"
		return r, nil
	}
	r.turns, err = s.opts.Coach.Transcribe(ctx, coach.Recording{Name: row.FileName.String, MediaType: row.ContentType.String,
		Open: func(ctx context.Context) (io.ReadCloser, error) { return files.Open(ctx, row.StorageKey.String) }})
	if err != nil {
		return r, err
	}
	if len(r.turns) == 0 {
		r.missing = "Nobody speaks in the recording"
		return r, nil
	}
	r.source, r.duration = "model", r.turns[len(r.turns)-1].End
	return r, nil
}

// read takes the turns from a transcript.
func (r *demoResult) read(ctx context.Context, files *depot.Depot, row sqldb.Demo) error {
	f, err := files.Open(ctx, row.StorageKey.String)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(io.LimitReader(f, transcript.MaxBytes+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("read transcript: %w", err)
	}
	t, err := transcript.Parse(data)
	if err != nil {
		return err
	}
	r.source, r.turns, r.duration = string(t.Format), t.Turns, t.Duration()
	return nil
}
