package coach

import (
	"context"
	"errors"
	"io"
	"math"
	"mime/multipart"
	"net/textproto"
	"strings"
	"time"

	"github.com/power100/tpe/internal/transcript"
)

// Recording is a file of speech.
type Recording struct {
	Name      string // with the ending that tells servers what it is
	MediaType string
	// Open returns the content from its beginning. It is called once a try.
	Open func(context.Context) (io.ReadCloser, error)
}

// Transcribe returns what is said in a recording, in turns. Servers that give
// no times give one turn without any.
func (c *Client) Transcribe(ctx context.Context, rec Recording) ([]transcript.Turn, error) {
	turns, fault := c.transcribe(ctx, rec, "verbose_json")
	if fault != nil && fault.Reason == BadRequest && fault.Status != 0 && strings.Contains(fault.Detail, "response_format") {
		turns, fault = c.transcribe(ctx, rec, "json") // the model gives no times
	}
	if fault != nil {
		return nil, fault.forUser()
	}
	return turns, nil
}

func (c *Client) transcribe(ctx context.Context, rec Recording, format string) ([]transcript.Turn, *Fault) {
	var out struct {
		Text     *string `json:"text"`
		Segments []struct {
			Start float64 `json:"start"` // seconds
			End   float64 `json:"end"`
			Text  string  `json:"text"`
		} `json:"segments"`
	}
	if fault := c.json(ctx, "audio/transcriptions", &out, func() (io.Reader, string, error) { return c.form(ctx, rec, format) }); fault != nil {
		return nil, fault
	}
	var turns []transcript.Turn
	for _, s := range out.Segments {
		text := strings.Join(strings.Fields(s.Text), " ")
		if text == "" {
			continue
		}
		start := seconds(s.Start)
		turns = append(turns, transcript.Turn{Text: text, Timed: true, Start: start, End: max(start, seconds(s.End))})
	}
	switch {
	case len(turns) > 0:
		return turns, nil
	case out.Text == nil:
		return nil, &Fault{Reason: Garbage, Detail: "an answer without a text"}
	case strings.TrimSpace(*out.Text) == "":
		return nil, nil // nobody speaks
	default:
		return []transcript.Turn{{Text: strings.Join(strings.Fields(*out.Text), " ")}}, nil
	}
}

func seconds(s float64) time.Duration {
	if !(s > 0) || s > 1e7 {
		return 0
	}
	return time.Duration(math.Round(s*1000)) * time.Millisecond
}

// form streams the recording into a multipart form: it may be larger than
// memory.
func (c *Client) form(ctx context.Context, rec Recording, format string) (io.Reader, string, error) {
	file, err := rec.Open(ctx)
	if err != nil {
		return nil, "", err
	}
	r, w := io.Pipe()
	m := multipart.NewWriter(w)
	go func() {
		err := errors.Join(m.WriteField("model", c.o.TranscriptionModel), m.WriteField("response_format", format))
		if err == nil {
			head := textproto.MIMEHeader{}
			head.Set("Content-Disposition", multipart.FileContentDisposition("file", rec.Name))
			head.Set("Content-Type", rec.MediaType)
			var part io.Writer
			if part, err = m.CreatePart(head); err == nil {
				_, err = io.Copy(part, file)
			}
		}
		_ = w.CloseWithError(errors.Join(err, m.Close(), file.Close()))
	}()
	return r, m.FormDataContentType(), nil
}
