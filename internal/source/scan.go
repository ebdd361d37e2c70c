package source

import (
	"bytes"

	"github.com/power100/tpe/internal/tape"
)

// verdict is what a valueScan says about the bytes that it was fed.
type verdict uint8

const (
	more    verdict = iota // the value goes on
	whole                  // the value ends here, brackets and quotes closed
	spoiled                // the value is broken; the next one starts here
)

// valueScan finds where one value ends in a stream of values that may span
// lines. It looks at brackets and strings only. A value that is broken, a
// torn record before a whole one for instance, ends where the next line
// starts with a brace: pretty JSON never has one there inside a record. It is
// fed piece by piece, so a value needs no memory but its open brackets.
type valueScan struct {
	mode    scanMode
	open    []byte // the brackets that are open
	last    byte   // last byte that was neither space nor inside a string
	prev    byte   // last byte fed, to know whether a line starts
	escaped bool   // inside a string, after a backslash
	started bool   // the first byte was seen
}

type scanMode uint8

const (
	modeElement scanMode = iota // at the start of an element of an array
	modeNested                  // between the tokens of an object or array
	modeString                  // inside a string
	modeScalar                  // a bare word or number; ends before , ] } or space
	modeLine                    // not JSON; ends with its line
	modeLost                    // broken; ends before a line that starts with {
)

// reset readies the scan for another value: an element of an array, where a
// scalar ends at a comma, or what stands on its own, where anything but an
// object or array is text that ends with its line.
func (s *valueScan) reset(inArray bool) {
	*s = valueScan{mode: modeLine, open: s.open[:0]}
	if inArray {
		s.mode = modeElement
	}
}

// feed goes on with the next bytes of the value and returns how many of them
// belong to it.
func (s *valueScan) feed(b []byte) (int, verdict) {
	if len(b) == 0 {
		return 0, more
	}
	i := 0
	if !s.started {
		i = s.start(b[0])
		s.started, s.prev = true, b[0]
	}
	for i < len(b) {
		var n int
		v := more
		switch s.mode {
		case modeNested:
			n, v = s.nested(b[i:])
		case modeString:
			n, v = s.str(b[i:])
		case modeLost:
			n, v = s.lost(b[i:])
		case modeLine:
			if n = bytes.IndexByte(b[i:], '\n'); n >= 0 {
				v = whole
			} else {
				n = len(b) - i
			}
		default:
			n, v = scalar(b[i:])
		}
		if n > 0 {
			s.prev = b[i+n-1]
		}
		i += n
		if v != more {
			return i, v
		}
	}
	return len(b), more
}

// start chooses the mode by the first byte and returns how many bytes that
// took: a scalar has at least one, or it would never end.
func (s *valueScan) start(c byte) int {
	switch {
	case c == '{', c == '[':
		s.mode = modeNested
		return 0
	case s.mode == modeLine:
		return 0
	case c == '"':
		s.mode = modeString
	default:
		s.mode = modeScalar
	}
	return 1
}

// nested goes over the tokens of an object or array until a string starts,
// the value ends, or something is out of place.
func (s *valueScan) nested(b []byte) (int, verdict) {
	for i, c := range b {
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case '"':
			s.mode, s.last = modeString, c
			return i + 1, more
		case '{', '[':
			if !s.mayOpen() {
				s.mode = modeLost
				return i, more
			}
			s.open = append(s.open, c)
		case '}', ']':
			top := len(s.open) - 1
			if top < 0 || s.open[top] != c-2 { // '{'+2 == '}' and '['+2 == ']'
				s.mode = modeLost
				return i, more
			}
			s.open = s.open[:top]
			if top == 0 {
				return i + 1, whole
			}
		}
		s.last = c
	}
	return len(b), more
}

// mayOpen says whether an object or array may start here.
func (s *valueScan) mayOpen() bool {
	if len(s.open) == 0 {
		return true // the value itself
	}
	switch s.last {
	case ':', '[':
		return true
	case ',':
		return s.open[len(s.open)-1] == '['
	}
	return false
}

// str goes to the end of a string.
func (s *valueScan) str(b []byte) (int, verdict) {
	i := 0
	if s.escaped {
		s.escaped, i = false, 1
	}
	for {
		if i = tape.Plain(b, i); i >= len(b) {
			return len(b), more
		}
		switch b[i] {
		case '\\':
			if s.escaped = i+1 == len(b); s.escaped {
				return len(b), more
			}
			i += 2
		case '"':
			if len(s.open) == 0 {
				return i + 1, whole
			}
			s.mode = modeNested
			return i + 1, more
		case '\n': // a string cannot span lines
			s.mode = modeLost
			return i, more
		default:
			i++
		}
	}
}

// lost looks for a line that starts with a brace.
func (s *valueScan) lost(b []byte) (int, verdict) {
	if b[0] == '{' && s.prev == '\n' {
		return 0, spoiled
	}
	if i := bytes.Index(b, []byte("\n{")); i >= 0 {
		return i + 1, spoiled
	}
	return len(b), more
}

// scalar goes to the end of a bare word or number.
func scalar(b []byte) (int, verdict) {
	if i := bytes.IndexAny(b, ",]} \t\r\n"); i >= 0 {
		return i, whole
	}
	return len(b), more
}

// complete says whether line holds one value that is whole, or is no object
// or array at all: only a value that was cut short is incomplete.
func (s *valueScan) complete(line []byte) bool {
	line = bytes.TrimLeft(line, space)
	if len(line) == 0 || (line[0] != '{' && line[0] != '[') {
		return true
	}
	s.reset(false)
	_, v := s.feed(line)
	return v != more || s.mode == modeLost
}
