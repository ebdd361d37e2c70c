package transcript

import (
	"bytes"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// sniffed is how much of a file decides on its format.
const sniffed = 64 << 10

// Detect tells the format of a file by its content, and false for what is no
// text. Its beginning is enough.
func Detect(data []byte) (Format, bool) {
	head := data[:min(len(data), sniffed)]
	if !isText(head) {
		return "", false
	}
	text := strings.TrimLeft(decode(head), " \t\r\n")
	if startsWord([]byte(text), "WEBVTT") {
		return WebVTT, true
	}
	for _, line := range splitLines(text) {
		if t, ok := parseTiming(line); ok && t.fault == "" {
			return SubRip, true
		}
	}
	return Plain, true
}

// isText reports whether a file is text in one of the encodings that decode
// knows.
func isText(head []byte) bool {
	if marked16(head) {
		return true
	}
	return bytes.IndexByte(head, 0) < 0 && strings.HasPrefix(http.DetectContentType(head), "text/")
}

func marked16(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff"))
}

// decode returns a file as UTF-8 without a byte order mark. What is neither
// UTF-8 nor marked as UTF-16 is read as Windows-1252, which subtitle editors
// wrote for long; every sequence of bytes is valid in it.
func decode(data []byte) string {
	if marked16(data) {
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(data)
		if err == nil {
			return strings.ToValidUTF8(string(out), "\ufffd")
		}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if utf8.Valid(data) || utf8.Valid(data[:max(0, len(data)-utf8.UTFMax)]) && len(data) >= sniffed {
		return strings.ToValidUTF8(string(data), "\ufffd") // a letter may be cut at the end
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "\ufffd")
	}
	return string(out)
}
