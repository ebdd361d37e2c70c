package coach

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// event is one event of a stream of server-sent events.
type event struct {
	name string // empty: "message"
	id   string
	data []byte
}

// maxEvent is the size in bytes of the largest event that is read.
const maxEvent = 1 << 20

var errEventTooLarge = errors.New("an event of more than a mebibyte")

// events reads server-sent events as the HTML standard says (9.2.6): lines
// end with CR LF, LF or CR, an empty line ends an event, a colon starts a
// comment. An event that the stream breaks off is no event.
type events struct {
	r       *bufio.Reader
	begun   bool
	afterCR bool
	id      string
}

func newEvents(r io.Reader) *events { return &events{r: bufio.NewReaderSize(r, 16<<10)} }

// next returns the next event that has data. The error is io.EOF at the end.
func (e *events) next() (event, error) {
	out := event{}
	size, has := 0, false
	for {
		line, err := e.line()
		if err != nil {
			return event{}, err
		}
		if len(line) == 0 {
			if has {
				out.id = e.id
				return out, nil
			}
			out.name = ""
			continue
		}
		if size += len(line); size > maxEvent {
			return event{}, errEventTooLarge
		}
		field, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimPrefix(value, []byte(" "))
		switch string(field) {
		case "data":
			if has {
				out.data = append(out.data, '\n')
			}
			out.data = append(out.data, value...)
			has = true
		case "event":
			out.name = string(value)
		case "id":
			if bytes.IndexByte(value, 0) < 0 {
				e.id = string(value)
			}
		}
	}
}

// line returns a line without its end. A line that the stream breaks off is
// none: the error is io.EOF then too.
func (e *events) line() ([]byte, error) {
	var line []byte
	for {
		c, err := e.r.ReadByte()
		if err != nil {
			return nil, err
		}
		afterCR := e.afterCR
		e.afterCR = false
		switch c {
		case '\n':
			if afterCR {
				continue // the other half of a line end
			}
			return e.bare(line), nil
		case '\r':
			e.afterCR = true // its LF may come long after it: do not wait for it
			return e.bare(line), nil
		}
		if line = append(line, c); len(line) > maxEvent {
			return nil, errEventTooLarge
		}
	}
}

// bare takes the byte order mark off the first line.
func (e *events) bare(line []byte) []byte {
	if !e.begun {
		e.begun = true
		return bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	return line
}
