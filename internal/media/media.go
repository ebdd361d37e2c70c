// Package media tells what kind of file somebody sent, by its content. The
// name and the type that the sender gave are never believed: a file that
// could be anything is "application/octet-stream".
package media

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"
)

// Kind is what a file is to a person.
type Kind string

// The kinds.
const (
	Image    Kind = "image"
	Video    Kind = "video"
	Audio    Kind = "audio"
	Document Kind = "document" // PDF, Word
	Text     Kind = "text"     // plain text; package transcript tells timed text apart
	Other    Kind = "other"
)

// The types that are told apart beyond those of net/http.
const (
	PDF         = "application/pdf"
	Word        = "application/msword"
	WordX       = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	OctetStream = "application/octet-stream"
	PlainText   = "text/plain"
)

// Type is what was found out about a file.
type Type struct {
	MediaType string // without parameters
	Kind      Kind
}

// head is how many bytes decide.
const head = 64 << 10

// Sniff reads the beginning of a file of the given size, for a zip archive
// its directory too, and returns what it is. The error is one of reading.
func Sniff(r io.ReaderAt, size int64) (Type, error) {
	b := make([]byte, min(size, head))
	n, err := r.ReadAt(b, 0)
	if err != nil && err != io.EOF {
		return Type{}, fmt.Errorf("read the beginning of the file: %w", err)
	}
	b = b[:n]
	name := mediaType(b)
	if name == "application/zip" {
		name = inZip(r, size)
	}
	return Type{MediaType: name, Kind: kind(name)}, nil
}

// mediaType tells a type by the first bytes.
func mediaType(b []byte) string {
	if brand, ok := ftyp(b); ok {
		switch {
		case brand == "M4A " || brand == "M4B ":
			return "audio/mp4"
		case brand == "qt  ":
			return "video/quicktime"
		case strings.HasPrefix(brand, "avif"), strings.HasPrefix(brand, "heic"), strings.HasPrefix(brand, "heix"), strings.HasPrefix(brand, "mif1"):
			return "image/heif"
		default:
			return "video/mp4"
		}
	}
	switch {
	case bytes.HasPrefix(b, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		return Word // an OLE file; Excel's and PowerPoint's begin the same way
	case bytes.HasPrefix(b, []byte("fLaC")):
		return "audio/flac"
	case mpegAudio(b):
		return "audio/mpeg"
	}
	name, _, _ := strings.Cut(http.DetectContentType(b), ";")
	switch name {
	case "application/ogg":
		if bytes.Contains(b[:min(len(b), 512)], []byte("theora")) {
			return "video/ogg"
		}
		return "audio/ogg"
	case "audio/wave":
		return "audio/wav"
	}
	if name == OctetStream && utf8.Valid(b) && len(b) > 0 && bytes.IndexFunc(b, func(r rune) bool { return r < ' ' && !strings.ContainsRune("\t\n\r\f\x1b", r) }) < 0 {
		return PlainText
	}
	return name
}

// ftyp returns the brand of a file of the ISO base media format.
func ftyp(b []byte) (string, bool) {
	if len(b) < 12 || string(b[4:8]) != "ftyp" {
		return "", false
	}
	return string(b[8:12]), true
}

// mpegAudio reports whether b begins with two frames of MPEG audio, layer 3
// (ISO 11172-3, 2.4.1.3), which have no other mark.
func mpegAudio(b []byte) bool {
	n := frame(b)
	return n > 0 && len(b) >= n+4 && frame(b[n:]) > 0
}

// frame returns the length of the MPEG audio frame at the start of b, zero
// when there is none.
func frame(b []byte) int {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe6 != 0xe2 {
		return 0
	}
	version, rate, freq, pad := b[1]>>3&3, int(b[2]>>4), int(b[2]>>2&3), int(b[2]>>1&1)
	if version == 1 || rate == 0 || rate == 15 || freq == 3 {
		return 0
	}
	kbits := [16]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}[rate]
	hertz, samples := [3]int{44100, 48000, 32000}[freq], 144
	if version != 3 { // MPEG 2 and 2.5
		kbits = [16]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}[rate]
		samples = 72
		hertz /= 2
		if version == 0 {
			hertz /= 2
		}
	}
	return samples*kbits*1000/hertz + pad
}

// inZip tells what a zip archive holds.
func inZip(r io.ReaderAt, size int64) string {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return "application/zip"
	}
	for _, f := range z.File {
		if f.Name == "word/document.xml" {
			return WordX
		}
	}
	return "application/zip"
}

func kind(name string) Kind {
	top, _, _ := strings.Cut(name, "/")
	switch {
	case top == "image" && name != "image/svg+xml":
		return Image
	case top == "video":
		return Video
	case top == "audio":
		return Audio
	case name == PDF || name == Word || name == WordX:
		return Document
	case name == PlainText:
		return Text
	default:
		return Other
	}
}

// Name returns a file name that is safe to show, to store and to put into a
// header: the last part of what the sender gave, without control characters
// and quotes, 120 bytes at most.
func Name(given string) string {
	name := path.Base(strings.ReplaceAll(strings.ToValidUTF8(given, ""), `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || strings.ContainsRune("\"'<>|?*:;%\u2028\u2029\u202e", r) {
			return -1
		}
		return r
	}, name)
	name = strings.TrimLeft(strings.TrimSpace(name), ".")
	const most = 120
	if len(name) > most {
		ext := path.Ext(name)
		if len(ext) > 10 {
			ext = ""
		}
		name = strings.ToValidUTF8(name[:most-len(ext)], "") + ext
	}
	if name == "" || name == "/" {
		return "file"
	}
	return name
}
