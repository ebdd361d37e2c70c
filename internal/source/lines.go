package source

import "bytes"

// lines cuts the input into chunks of whole lines. It returns false when the
// caller wants no more.
func (s *stream) lines(yield func(*Chunk) bool) bool {
	seen := 0 // bytes of the buffer that hold no line end
	for {
		if end := bytes.LastIndexByte(s.buf[seen:s.n], '\n'); end >= 0 {
			if !s.emitLines(yield, seen+end+1) {
				return false
			}
			seen = s.n
			continue
		}
		seen = s.n
		switch {
		case s.ctx.Err() != nil:
			return false
		case s.err != nil:
			return s.n == 0 || s.emitLines(yield, s.n)
		case s.n > s.rd.opts.MaxRecord+1: // one more for a carriage return
			if !s.skipLine(yield) {
				return false
			}
			seen = 0
			continue
		}
		s.room()
		s.fill()
	}
}

// emitLines yields the first n bytes of the buffer.
func (s *stream) emitLines(yield func(*Chunk) bool, n int) bool {
	c := &Chunk{File: s.name, line: s.line, offset: s.off, max: s.rd.opts.MaxRecord, rd: s.rd}
	c.buf = s.detach(n)
	s.line += bytes.Count(c.buf, []byte{'\n'})
	return yield(c)
}

// skipLine reads to the end of a line that is too large, holding none of it,
// and yields its fault.
func (s *stream) skipLine(yield func(*Chunk) bool) bool {
	start, size := s.off, int64(0)
	last := s.buf[s.n-1]
	for {
		end := bytes.IndexByte(s.buf[:s.n], '\n')
		if end < 0 {
			end = s.n
		}
		if end > 0 {
			last = s.buf[end-1]
		}
		size += int64(end)
		ended := end < s.n
		s.drop(end)
		if ended || s.err != nil {
			break
		}
		s.fill()
	}
	if last == '\r' {
		size--
	}
	s.shrink()
	ok := yield(faultChunk(s.name, s.line, start, tooLarge(size, s.rd.opts.MaxRecord)))
	if s.n > 0 { // the line end itself
		s.drop(1)
		s.line++
	}
	return ok
}
