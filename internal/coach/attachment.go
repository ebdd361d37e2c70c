package coach

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/media"
	"github.com/power100/tpe/internal/tpe"
)

// MaxAttachment is the size in bytes of the largest attachment.
const MaxAttachment = 10 << 20

// maxQuoted is how much of an attachment's text is quoted in a prompt.
const maxQuoted = 40_000

// Attachment is a file that came with a question.
type Attachment struct {
	Name string // safe to show
	Type media.Type
	Data []byte
	// Text is what the file says, when that is known: of plain text and Word
	// files it is read here, of a recording the caller may set it.
	Text string
}

// ReadAttachment reads a file and finds out by its content what it is. The
// error is a *tpe.Error: TooLarge above MaxAttachment, Unsupported for what
// is no image, video, recording, PDF, Word file or plain text, Misuse for an
// empty file or a Word file that is broken.
func ReadAttachment(name string, r io.Reader) (Attachment, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxAttachment+1))
	switch {
	case err != nil:
		return Attachment{}, fmt.Errorf("read attachment: %w", err)
	case len(data) > MaxAttachment:
		return Attachment{}, &tpe.Error{Code: tpe.TooLarge, Message: "the file is larger than 10 MB", Hint: "send a smaller file, or a part of it"}
	case len(data) == 0:
		return Attachment{}, tpe.Errorf(tpe.Misuse, "the file is empty")
	}
	a := Attachment{Name: media.Name(name), Data: data}
	if a.Type, err = media.Sniff(bytes.NewReader(data), int64(len(data))); err != nil {
		return Attachment{}, err
	}
	switch {
	case a.Type.Kind == media.Other:
		return Attachment{}, &tpe.Error{Code: tpe.Unsupported, Message: "File type not supported", Hint: "send an image, a video, a recording, a PDF, a Word file or plain text"}
	case a.Type.Kind == media.Text:
		a.Text = strings.ToValidUTF8(string(data), "\ufffd")
	case a.Type.MediaType == media.WordX:
		if a.Text, err = wordText(data); err != nil {
			return Attachment{}, &tpe.Error{Code: tpe.Misuse, Message: "the Word file cannot be read", Hint: "save it again, or send it as plain text", Err: err}
		}
	}
	return a, nil
}

// described is what the coach is told of a file.
func (a Attachment) described() any {
	type file struct {
		Name  string `json:"file_name"`
		Type  string `json:"content_type"`
		Bytes int    `json:"bytes"`
		Text  string `json:"text,omitempty"`
		Note  string `json:"note,omitempty"`
	}
	f := file{Name: a.Name, Type: a.Type.MediaType, Bytes: len(a.Data), Text: a.Text}
	_, shown := a.dataURL()
	switch {
	case len(a.Text) > maxQuoted:
		f.Text = strings.ToValidUTF8(a.Text[:maxQuoted], "")
		f.Note = "only the beginning of the text is quoted"
	case shown:
		f.Note = "the image is shown beside this text"
	case a.Text == "":
		f.Note = "the content of this file cannot be read here; say so when it matters"
	}
	return f
}

// dataURL returns an image in the form that models take.
func (a Attachment) dataURL() (string, bool) {
	if !slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp"}, a.Type.MediaType) {
		return "", false
	}
	return "data:" + a.Type.MediaType + ";base64," + base64.StdEncoding.EncodeToString(a.Data), true
}

// maxWord is how much of a Word file's XML is read.
const maxWord = 16 << 20

// wordText returns the text of a Word file: a line a paragraph (ECMA-376,
// part 1, 17.3).
func wordText(data []byte) (string, error) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", err
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read from
	d := xml.NewDecoder(io.LimitReader(f, maxWord))
	var b strings.Builder
	text := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return strings.TrimSpace(b.String()), nil
		}
		if err != nil {
			return "", err
		}
		switch token := token.(type) {
		case xml.StartElement:
			text = token.Name.Local == "t"
			if token.Name.Local == "tab" || token.Name.Local == "br" {
				b.WriteByte(' ')
			}
		case xml.EndElement:
			text = false
			if token.Name.Local == "p" {
				b.WriteByte('\n')
			}
		case xml.CharData:
			if text {
				b.Write(token)
			}
		}
	}
}
