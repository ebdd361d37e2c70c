package sqldb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/power100/tpe/internal/transcript"
)

// Demo is a recording or a paper of a partner's demo.
type Demo struct {
	ID            int64  `json:"id"`
	PartnerID     int64  `json:"partner_id"`
	Title         Text   `json:"title"`
	FileName      Text   `json:"file_name"`
	ContentType   Text   `json:"content_type"`
	SizeBytes     Number `json:"size_bytes"`
	ReceivedBytes Number `json:"received_bytes"`
	SHA256        Text   `json:"sha256"`
	Storage       Text   `json:"storage"` // local, s3
	StorageKey    Text   `json:"-" sql:"storage_key"`
	State         Text   `json:"state"` // uploading, received, ready, no_transcript, failed
	Fault         Text   `json:"fault"`
	InteractionID Text   `json:"interaction_id"`
	UploadedBy    Text   `json:"uploaded_by_role"`
	CreatedAt     Time   `json:"created_at"`
	UpdatedAt     Time   `json:"updated_at"`
	CompletedAt   Time   `json:"completed_at"`
}

// NewDemo is a demo whose file is to come.
type NewDemo struct {
	PartnerID           int64
	Title, FileName     string
	Size                *int64 // nil: not known
	SHA256              string // as promised; empty: not
	Storage, StorageKey string
	ByRole              string
	By                  int64
}

// AddDemo adds a demo whose file is to come.
func AddDemo(ctx context.Context, tx *Tx, d NewDemo) (Demo, error) {
	row, _, err := one[Demo](ctx, tx, `INSERT INTO demo_uploads (partner_id, title, file_name, size_bytes, sha256, storage, storage_key, state, uploaded_by_role, uploaded_by)
		VALUES (?, ?, ?, ?, ?, ?, ?, 'uploading', ?, ?) RETURNING `+columns[Demo](""),
		d.PartnerID, orNull(d.Title), d.FileName, d.Size, orNull(d.SHA256), d.Storage, d.StorageKey, d.ByRole, d.By)
	if err != nil {
		return row, fmt.Errorf("add demo: %w", err)
	}
	return row, nil
}

// DemoByID returns a demo of a partner; any partner's when partner is 0. The
// error is of the code NotFound when there is none.
func DemoByID(ctx context.Context, c Conn, partner, id int64) (Demo, error) {
	row, ok, err := one[Demo](ctx, c, `SELECT `+columns[Demo]("")+` FROM demo_uploads WHERE id = ? AND (partner_id = ? OR CAST(? AS BIGINT) = 0)`, id, partner, partner)
	switch {
	case err != nil:
		return row, fmt.Errorf("find demo %d: %w", id, err)
	case !ok:
		return row, notFound("Demo")
	}
	return row, nil
}

// Demos returns a page of a partner's demos, newest first.
func Demos(ctx context.Context, c Conn, partner int64, p Page) (Rows[Demo], error) {
	l := listing{from: "demo_uploads", key: "id"}
	l.where.and("partner_id = ?", partner)
	rows, err := page[Demo](ctx, c, &l, p)
	if err != nil {
		return rows, fmt.Errorf("list demos: %w", err)
	}
	return rows, nil
}

// ReceiveDemo notes how much of a file has come.
func ReceiveDemo(ctx context.Context, c Conn, id, received int64) error {
	if _, err := run(ctx, c, `UPDATE demo_uploads SET received_bytes = ?, updated_at = CURRENT_TIMESTAMP WHERE id = ? AND state = 'uploading'`, received, id); err != nil {
		return fmt.Errorf("note what came of demo %d: %w", id, err)
	}
	return nil
}

// WholeDemo is what is known of a file when it is whole.
type WholeDemo struct {
	ContentType, SHA256 string
	Size                int64
	Title               string // empty: as announced
	InteractionID       string
	At                  time.Time
}

// CompleteDemo notes that a file is whole. It is false when it was already.
func CompleteDemo(ctx context.Context, tx *Tx, id int64, d WholeDemo) (bool, error) {
	n, err := run(ctx, tx, `UPDATE demo_uploads SET state = 'received', content_type = ?, sha256 = ?, size_bytes = ?, received_bytes = ?, title = COALESCE(?, title), interaction_id = ?, completed_at = ?, updated_at = CURRENT_TIMESTAMP
		WHERE id = ? AND state = 'uploading'`, d.ContentType, d.SHA256, d.Size, d.Size, orNull(d.Title), d.InteractionID, Stamp(d.At), id)
	if err != nil {
		return false, fmt.Errorf("complete demo %d: %w", id, err)
	}
	return n > 0, nil
}

// PartnerExists reports whether there is a partner.
func PartnerExists(ctx context.Context, c Conn, id int64) (bool, error) {
	_, ok, err := value[int64](ctx, c, `SELECT id FROM strategic_partners WHERE id = ?`, id)
	if err != nil {
		return false, fmt.Errorf("find partner %d: %w", id, err)
	}
	return ok, nil
}

// SetDemoState notes where a demo stands.
func SetDemoState(ctx context.Context, tx *Tx, id int64, state, fault string) error {
	if _, err := run(ctx, tx, `UPDATE demo_uploads SET state = ?, fault = ?, updated_at = CURRENT_TIMESTAMP WHERE id = ?`, state, orNull(fault), id); err != nil {
		return fmt.Errorf("set state of demo %d: %w", id, err)
	}
	return nil
}

// RemoveDemo removes a demo with its transcript.
func RemoveDemo(ctx context.Context, tx *Tx, id int64) error {
	for _, q := range []string{
		`DELETE FROM demo_turns WHERE transcript_id IN (SELECT id FROM demo_transcripts WHERE upload_id = ?)`,
		`DELETE FROM demo_transcripts WHERE upload_id = ?`, `DELETE FROM demo_uploads WHERE id = ?`,
	} {
		if _, err := run(ctx, tx, q, id); err != nil {
			return fmt.Errorf("remove demo %d: %w", id, err)
		}
	}
	return nil
}

// DemoTranscript says where the turns of a demo come from.
type DemoTranscript struct {
	ID         int64  `json:"id"`
	Source     Text   `json:"source"` // webvtt, subrip, plain, model
	Model      Text   `json:"model"`
	DurationMS Number `json:"duration_ms"`
}

// DemoTurn is what one speaker says in a demo.
type DemoTurn struct {
	Index    int64  `json:"turn_index"`
	Speaker  Text   `json:"speaker"`
	StartsMS Number `json:"starts_ms"`
	EndsMS   Number `json:"ends_ms"`
	Content  Text   `json:"content"`
}

// turnsAtOnce is how many turns one statement stores.
const turnsAtOnce = 100

// SaveTranscript stores the turns of a demo in the place of those it had.
func SaveTranscript(ctx context.Context, tx *Tx, demo int64, source, model string, duration time.Duration, turns []transcript.Turn) error {
	for _, q := range []string{`DELETE FROM demo_turns WHERE transcript_id IN (SELECT id FROM demo_transcripts WHERE upload_id = ?)`, `DELETE FROM demo_transcripts WHERE upload_id = ?`} {
		if _, err := run(ctx, tx, q, demo); err != nil {
			return fmt.Errorf("save transcript of demo %d: %w", demo, err)
		}
	}
	var length any
	if duration > 0 {
		length = duration.Milliseconds()
	}
	id, _, err := value[int64](ctx, tx, `INSERT INTO demo_transcripts (upload_id, source, model, duration_ms) VALUES (?, ?, ?, ?) RETURNING id`, demo, source, orNull(model), length)
	for at := 0; at < len(turns) && err == nil; at += turnsAtOnce {
		var text strings.Builder
		var args []any
		for i, t := range turns[at:min(at+turnsAtOnce, len(turns))] {
			if i > 0 {
				text.WriteString(", ")
			}
			text.WriteString("(?, ?, ?, ?, ?, ?)")
			var from, to any
			if t.Timed {
				from, to = t.Start.Milliseconds(), t.End.Milliseconds()
			}
			args = append(args, id, at+i, orNull(t.Speaker), from, to, t.Text)
		}
		_, err = run(ctx, tx, `INSERT INTO demo_turns (transcript_id, turn_index, speaker, starts_ms, ends_ms, content) VALUES `+text.String(), args...)
	}
	if err != nil {
		return fmt.Errorf("save transcript of demo %d: %w", demo, err)
	}
	return nil
}

// TranscriptOf returns the transcript of a demo and its turns from an index
// on; ok is false when there is none.
func TranscriptOf(ctx context.Context, c Conn, demo int64, from, most int) (t DemoTranscript, turns []DemoTurn, ok bool, err error) {
	t, ok, err = one[DemoTranscript](ctx, c, `SELECT `+columns[DemoTranscript]("")+` FROM demo_transcripts WHERE upload_id = ?`, demo)
	if err == nil && ok {
		turns, err = all[DemoTurn](ctx, c, `SELECT `+columns[DemoTurn]("")+` FROM demo_turns WHERE transcript_id = ? AND turn_index >= ? ORDER BY turn_index LIMIT ?`, t.ID, from, most)
	}
	if err != nil {
		return t, nil, false, fmt.Errorf("read transcript of demo %d: %w", demo, err)
	}
	return t, turns, ok, nil
}

// JobOf returns the newest job of a kind about a row; ok is false when there
// is none.
func JobOf(ctx context.Context, c Conn, kind string, subject int64) (Job, bool, error) {
	job, ok, err := one[Job](ctx, c, `SELECT `+columns[Job]("")+` FROM jobs WHERE kind = ? AND subject_id = ? ORDER BY id DESC LIMIT 1`, kind, subject)
	if err != nil {
		return job, false, fmt.Errorf("find %s of %d: %w", kind, subject, err)
	}
	return job, ok, nil
}

// DropJobs removes the jobs of a kind about a row.
func DropJobs(ctx context.Context, tx *Tx, kind string, subject int64) error {
	if _, err := run(ctx, tx, `DELETE FROM jobs WHERE kind = ? AND subject_id = ?`, kind, subject); err != nil {
		return fmt.Errorf("drop %s of %d: %w", kind, subject, err)
	}
	return nil
}

// HurryJob makes a job about a row that waits for its next try due at once. It
// is false when none waits.
func HurryJob(ctx context.Context, tx *Tx, kind string, subject int64) (bool, error) {
	n, err := run(ctx, tx, `UPDATE jobs SET run_after_ms = 0 WHERE kind = ? AND subject_id = ? AND state = 'queued'`, kind, subject)
	if err != nil {
		return false, fmt.Errorf("hurry %s of %d: %w", kind, subject, err)
	}
	return n > 0, nil
}
