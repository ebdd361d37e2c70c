package lake

import (
	"bytes"
	"errors"
	"io"
)

// linesOf calls each for every line of the first size bytes of a file, with
// its offset and number; the last one may lack its end.
func linesOf(f io.ReaderAt, size int64, each func(at int64, n int, line []byte) error) error {
	buf := make([]byte, 1<<20)
	have := 0
	for at, n := int64(0), 0; ; {
		more := int64(len(buf) - have)
		if rest := size - at - int64(have); more > rest {
			more = rest
		}
		if more > 0 {
			if _, err := f.ReadAt(buf[have:have+int(more)], at+int64(have)); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			have += int(more)
		}
		end := bytes.LastIndexByte(buf[:have], '\n') + 1
		last := at+int64(have) >= size
		switch {
		case last:
			end = have
		case end == 0:
			buf = append(buf, make([]byte, len(buf))...)
			continue
		}
		for line := range bytes.Lines(buf[:end]) {
			n++
			if err := each(at, n, line); err != nil {
				return err
			}
			at += int64(len(line))
		}
		have = copy(buf, buf[end:have])
		if last {
			return nil
		}
	}
}
