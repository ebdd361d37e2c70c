package cli

import (
	"io"

	"github.com/power100/tpe/internal/redact"
)

// logWriter passes every log line through the redaction gate.
type logWriter struct {
	w    io.Writer
	gate *redact.Gate
}

func (l logWriter) Write(line []byte) (int, error) {
	if _, err := l.w.Write(l.gate.AppendText(nil, line)); err != nil {
		return 0, err
	}
	return len(line), nil
}
