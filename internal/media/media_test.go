package media

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func zipOf(t *testing.T, names ...string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, n := range names {
		f, err := w.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte("<x/>")); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSniff(t *testing.T) {
	mp3 := append([]byte{0xff, 0xfb, 0x90, 0}, make([]byte, 413)...) // 128 kbit/s, 44.1 kHz: 417 bytes
	mp3 = append(mp3, mp3...)
	for _, c := range []struct {
		name string
		data []byte
		want Type
	}{
		{"empty", nil, Type{PlainText, Text}},
		{"png", []byte("\x89PNG\r\n\x1a\n...."), Type{"image/png", Image}},
		{"jpeg", []byte("\xff\xd8\xff\xe0"), Type{"image/jpeg", Image}},
		{"pdf", []byte("%PDF-1.7\n"), Type{PDF, Document}},
		{"mp4", []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00"), Type{"video/mp4", Video}},
		{"m4a", []byte("\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00"), Type{"audio/mp4", Audio}},
		{"mov", []byte("\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00"), Type{"video/quicktime", Video}},
		{"webm", []byte("\x1a\x45\xdf\xa3...."), Type{"video/webm", Video}},
		{"mp3 with a tag", []byte("ID3\x03"), Type{"audio/mpeg", Audio}},
		{"mp3", mp3, Type{"audio/mpeg", Audio}},
		{"one frame is no proof", mp3[:417], Type{OctetStream, Other}},
		{"wav", []byte("RIFF\x00\x00\x00\x00WAVEfmt "), Type{"audio/wav", Audio}},
		{"flac", []byte("fLaC\x00"), Type{"audio/flac", Audio}},
		{"ogg", []byte("OggS\x00\x02\x00\x00\x01vorbis"), Type{"audio/ogg", Audio}},
		{"doc", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...."), Type{Word, Document}},
		{"docx", zipOf(t, "[Content_Types].xml", "word/document.xml"), Type{WordX, Document}},
		{"zip", zipOf(t, "a.txt"), Type{"application/zip", Other}},
		{"broken zip", []byte("PK\x03\x04...."), Type{"application/zip", Other}},
		{"text", []byte("Hello\nyou"), Type{PlainText, Text}},
		{"vtt", []byte("WEBVTT\n\n00:01.000 --> 00:02.000\nx"), Type{PlainText, Text}},
		{"srt", []byte("1\n00:00:01,000 --> 00:00:02,000\nx"), Type{PlainText, Text}},
		{"html is no text", []byte("<html><script>x</script>"), Type{"text/html", Other}},
		{"svg is no image", []byte("<?xml version=\"1.0\"?><svg/>"), Type{"text/xml", Other}},
		{"program", []byte("\x7fELF\x02\x01\x01\x00\x00"), Type{OctetStream, Other}},
	} {
		got, err := Sniff(bytes.NewReader(c.data), int64(len(c.data)))
		if err != nil || got != c.want {
			t.Errorf("%s: %v %v, want %v", c.name, got, err, c.want)
		}
	}
	if _, err := Sniff(broken{}, 10); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) ReadAt([]byte, int64) (int, error) { return 0, errBroken }

func TestName(t *testing.T) {
	for in, want := range map[string]string{
		"a.txt": "a.txt", "../../etc/passwd": "passwd", `C:\x\demo 1.mp4`: "demo 1.mp4", "": "file", "..": "file", "/": "file", ".env": "env",
		"a\"b\r\nX: y.txt": "abX y.txt", strings.Repeat("é", 200) + ".webm": strings.Repeat("é", 57) + ".webm", "\xff\xfe": "file",
	} {
		if got := Name(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzName(f *testing.F) {
	f.Add("a/b\\c")
	f.Fuzz(func(t *testing.T, s string) {
		n := Name(s)
		if n == "" || len(n) > 120 || !utf8.ValidString(n) || strings.ContainsAny(n, "/\\\"\r\n\x00") || strings.HasPrefix(n, ".") {
			t.Fatalf("%q: %q", s, n)
		}
	})
}

func FuzzSniff(f *testing.F) {
	f.Add([]byte("\xff\xfb\x90\x00"))
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Sniff(bytes.NewReader(b), int64(len(b)))
		if err != nil || got.MediaType == "" || strings.Contains(got.MediaType, ";") {
			t.Fatal(got, err)
		}
	})
}
