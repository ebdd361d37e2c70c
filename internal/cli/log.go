package cli

import (
	"cmp"
	"io"
	"log"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tpe"
)

// newLog returns the program's log: one JSON object a line, without
// credentials, without the secrets that the program itself was given, and
// without what a service behind sent instead of an answer.
func newLog(w io.Writer, level slog.Level, gate *redact.Gate, secrets []string) *slog.Logger {
	return slog.New(slog.NewJSONHandler(logWriter{w, gate, hide(secrets)}, &slog.HandlerOptions{Level: level, ReplaceAttr: withoutAnswer}))
}

// logWriter passes every log line through the redaction gate.
type logWriter struct {
	w       io.Writer
	gate    *redact.Gate
	secrets *strings.Replacer
}

func (l logWriter) Write(line []byte) (int, error) {
	known := l.secrets.Replace(string(line))
	if _, err := l.w.Write(l.gate.AppendText(nil, []byte(known))); err != nil {
		return 0, err
	}
	return len(line), nil
}

// minKnown is the length of the shortest secret that is looked for: shorter
// ones are words of other texts.
const minKnown = 8

// hide returns what puts the mark in the place of secrets, as they are and as
// they are spelt in JSON and in URLs.
func hide(secrets []string) *strings.Replacer {
	var spelt []string
	for _, s := range secrets {
		if len(s) >= minKnown {
			inJSON := string(tpe.AppendString(nil, s))
			spelt = append(spelt, s, inJSON[1:len(inJSON)-1], url.QueryEscape(s), url.PathEscape(s))
		}
	}
	slices.SortFunc(spelt, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // the first that fits is taken
	var pairs []string
	for _, s := range spelt {
		pairs = append(pairs, s, redact.Mark)
	}
	return strings.NewReplacer(pairs...)
}

// quotes are the words after which the library for HTTP repeats what the other
// side has sent.
func quotes() []string {
	return []string{"received on idle HTTP channel", "malformed MIME header", "malformed HTTP", "bad Content-Length", "unsupported transfer encoding"}
}

// cutAnswer cuts a message before what it repeats of an answer, and reports
// whether it does so.
func cutAnswer(message string) (string, bool) {
	for _, words := range quotes() {
		if i := strings.Index(message, words); i >= 0 {
			return message[:i+len(words)], true
		}
	}
	return message, false
}

// withoutAnswer takes what a message repeats of an answer out of an attribute.
func withoutAnswer(_ []string, a slog.Attr) slog.Attr {
	text := ""
	switch v := a.Value.Any().(type) {
	case error:
		text = v.Error()
	case string:
		text = v
	}
	if short, cut := cutAnswer(text); cut {
		a.Value = slog.StringValue(short)
	}
	return a
}

// libraryLog is where the standard log of the process goes, which libraries
// write to. What they write may hold anything, a body of an answer for
// instance, so that nothing but a known beginning is kept.
type libraryLog struct{ log *slog.Logger }

func (l libraryLog) Write(line []byte) (int, error) {
	said, known := cutAnswer(string(line))
	if !known {
		said = "a library wrote to the log"
	}
	l.log.Warn(said, "bytes", len(line))
	return len(line), nil
}

// takeLibraryLog leads the standard log of the process to a log of ours.
func takeLibraryLog(l *slog.Logger) {
	log.SetFlags(0)
	log.SetOutput(libraryLog{l})
}
