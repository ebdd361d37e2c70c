package mirror

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"github.com/power100/tpe/internal/bucket"
)

// stamp is what tells without reading whether a file has changed. The time
// of the last change of the inode cannot be set by a program, so that an edit
// which keeps size and time is seen.
type stamp struct {
	size  int64
	mtime int64 // ns since 1970
	ctime int64 // ns since 1970
	inode uint64
}

// entry is what the ledger knows of one object.
type entry struct {
	key string
	stamp
	sum  bucket.Sum
	etag string // empty: struck out
}

// appendTo writes the entry as one line: fields with tabs between.
func (e *entry) appendTo(b []byte) []byte {
	b = append(b, keyEscaper.Replace(e.key)...)
	for _, n := range [...]int64{e.size, e.mtime, e.ctime} {
		b = append(b, '\t')
		b = strconv.AppendInt(b, n, 10)
	}
	b = append(b, '\t')
	b = strconv.AppendUint(b, e.inode, 10)
	b = append(b, '\t')
	b = append(b, e.sum...)
	b = append(b, '\t')
	b = append(b, e.etag...)
	return append(b, '\n')
}

var (
	keyEscaper   = strings.NewReplacer("%", "%25", "\t", "%09", "\n", "%0A", "\r", "%0D")
	keyUnescaper = strings.NewReplacer("%25", "%", "%09", "\t", "%0A", "\n", "%0D", "\r")
)

var errEntry = errors.New("not an entry of the ledger")

// parseEntry reads a line without its end.
func parseEntry(line []byte) (entry, error) {
	var e entry
	var fields [7][]byte
	for i := range fields {
		at := bytes.IndexByte(line, '\t')
		if (at < 0) != (i == len(fields)-1) {
			return e, errEntry
		}
		if at < 0 {
			fields[i] = line
			break
		}
		fields[i], line = line[:at], line[at+1:]
	}
	e.key = keyUnescaper.Replace(string(fields[0]))
	var bad [4]error
	e.size, bad[0] = strconv.ParseInt(string(fields[1]), 10, 64)
	e.mtime, bad[1] = strconv.ParseInt(string(fields[2]), 10, 64)
	e.ctime, bad[2] = strconv.ParseInt(string(fields[3]), 10, 64)
	e.inode, bad[3] = strconv.ParseUint(string(fields[4]), 10, 64)
	e.sum, e.etag = bucket.Sum(fields[5]), string(fields[6])
	if e.key == "" || bad != [4]error{} {
		return entry{}, errEntry
	}
	return e, nil
}
