package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/coach"
	"github.com/power100/tpe/internal/media"
	"github.com/power100/tpe/internal/tpe"
)

const (
	maxQuestion  = 16_000 // characters
	maxFiles     = 4
	maxAskForm   = maxFiles*coach.MaxAttachment + 1<<20
	maxFormField = 64 << 10
)

// coachAsk is a question as it came.
type coachAsk struct {
	content      string
	conversation string // empty: not named
	contractor   int64  // 0: not named
	stream       bool
	consent      *bool // to train a model with the conversation; nil: not said
	files        []coach.Attachment
}

// readAsk reads a question: JSON, or a form with files.
func readAsk(r *http.Request) (*coachAsk, error) {
	q := &coachAsk{stream: accepts(r, "text/event-stream")}
	var err error
	switch kind := mediaType(first(r.Header, "Content-Type")); kind {
	case "multipart/form-data":
		err = q.readForm(r)
	case "application/json", "":
		err = q.readJSON(r)
	case "application/x-www-form-urlencoded":
		r.Body = http.MaxBytesReader(nil, r.Body, 1<<20)
		if err = r.ParseForm(); err == nil {
			for name := range r.PostForm {
				if err = q.set(name, r.PostForm.Get(name)); err != nil {
					break
				}
			}
		}
	default:
		return nil, &tpe.Error{Code: tpe.Unsupported, Message: "The Content-Type is not supported", Hint: "send application/json, or multipart/form-data with a file"}
	}
	if err != nil {
		return nil, askError(err)
	}
	q.content = strings.ReplaceAll(strings.ToValidUTF8(strings.TrimSpace(q.content), "\ufffd"), "\x00", "\ufffd")
	switch {
	case q.content == "" && len(q.files) == 0:
		return nil, misuse("body.content", "Message content or media file required")
	case utf8.RuneCountInString(q.content) > maxQuestion:
		return nil, misuse("body.content", "Content: at most "+strconv.Itoa(maxQuestion)+" characters")
	}
	return q, nil
}

// askError gives an error of reading a request its code.
func askError(err error) error {
	var known *tpe.Error
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		return err
	case errors.As(err, &large), errors.Is(err, multipart.ErrMessageTooLarge):
		return &tpe.Error{Code: tpe.TooLarge, Message: "The body is too large", Err: err}
	default:
		return &tpe.Error{Code: tpe.Misuse, Message: "The body cannot be read", Err: err}
	}
}

func (q *coachAsk) readJSON(r *http.Request) error {
	b, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, 1<<20))
	if err != nil {
		return err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(b, &members); err != nil || members == nil {
		return misuse("body", "The body is not a JSON object")
	}
	for name, raw := range members {
		text := string(bytes.TrimSpace(raw))
		if text == "null" {
			continue
		}
		if text[0] == '"' {
			if err := json.Unmarshal(raw, &text); err != nil {
				return misuse("body."+name, field(name)+": the text cannot be read")
			}
		} else if name == "content" || name == "message" || text[0] == '{' || text[0] == '[' {
			if known[name] {
				return misuse("body."+name, field(name)+": a text is expected")
			}
			continue
		}
		if err := q.set(name, text); err != nil {
			return err
		}
	}
	return nil
}

// known are the members of a question; others are ignored.
var known = map[string]bool{"content": true, "message": true, "conversationId": true, "conversation_id": true, "contractorId": true, "contractor_id": true, "stream": true, "training_consent": true, "trainingConsent": true}

// set takes one member.
func (q *coachAsk) set(name, value string) error {
	switch name {
	case "content", "message":
		if value != "" {
			q.content = value
		}
	case "conversationId", "conversation_id":
		if value == "" {
			return nil
		}
		id, err := uuid.Parse(value)
		if err != nil || len(value) != 36 {
			return misuse("body."+name, "Conversation id: a uuid is expected")
		}
		q.conversation = id.String()
	case "contractorId", "contractor_id":
		id, err := strconv.ParseInt(wholeText(value), 10, 64)
		if err != nil || id < 1 || id > maxIdent {
			return misuse("body."+name, "Contractor id: a whole number from 1 is expected")
		}
		q.contractor = id
	case "stream":
		if value != "true" && value != "false" {
			return misuse("body.stream", "Stream: true or false is expected")
		}
		q.stream = q.stream || value == "true"
	case "training_consent", "trainingConsent":
		if value != "true" && value != "false" {
			return misuse("body."+name, "Training consent: true or false is expected")
		}
		q.consent = ptr(value == "true")
	}
	return nil
}

// readForm reads a form of several parts as it comes.
func (q *coachAsk) readForm(r *http.Request) error {
	r.Body = http.MaxBytesReader(nil, r.Body, maxAskForm)
	form, err := r.MultipartReader()
	if err != nil {
		return err
	}
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if part.FileName() != "" {
			if len(q.files) == maxFiles {
				return misuse("body.media", "At most "+strconv.Itoa(maxFiles)+" files can be sent at once")
			}
			file, err := coach.ReadAttachment(part.FileName(), part)
			if err != nil {
				return err
			}
			q.files = append(q.files, file)
			continue
		}
		b, err := io.ReadAll(io.LimitReader(part, maxFormField+1))
		if err != nil {
			return err
		}
		if len(b) > maxFormField {
			return &tpe.Error{Code: tpe.TooLarge, Message: "A field of the form is too large"}
		}
		if err := q.set(part.FormName(), string(b)); err != nil {
			return err
		}
	}
}

// accepts reports whether a request asks for a media type.
func accepts(r *http.Request, kind string) bool {
	for _, line := range r.Header["Accept"] {
		for one := range strings.SplitSeq(line, ",") {
			if mediaType(strings.TrimSpace(one)) == kind {
				return true
			}
		}
	}
	return false
}

// attachmentShown is what is kept and shown of a file that came with a
// question.
type attachmentShown struct {
	Name   string `json:"file_name"`
	Type   string `json:"content_type"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

func showFiles(files []coach.Attachment) []attachmentShown {
	out := make([]attachmentShown, 0, len(files))
	for _, f := range files {
		out = append(out, attachmentShown{f.Name, f.Type.MediaType, len(f.Data), sha256Hex(f.Data)})
	}
	return out
}

// mediaKind is the kind of message, as the front end names it.
func mediaKind(files []coach.Attachment) string {
	if len(files) == 0 {
		return "text"
	}
	if k := files[0].Type.Kind; k == media.Image || k == media.Video || k == media.Audio {
		return string(k)
	}
	return "document"
}

// attachmentsOf reads the column of that name.
func attachmentsOf(column string) []attachmentShown {
	var files []attachmentShown
	if column == "" || json.Unmarshal([]byte(column), &files) != nil {
		return nil
	}
	return files
}
