package columns

import (
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// clock writes times as the contract does. It remembers the day that it
// wrote last, since the times of a file lie mostly on one.
type clock struct {
	day  int64                    // days since 1970
	date [len("2006-01-02T")]byte // of that day; zeros know none
}

const dayMillis = 24 * 60 * 60 * 1000

// append appends the time of ms milliseconds since 1970.
func (c *clock) append(dst []byte, ms int64) []byte {
	day := ms / dayMillis
	if ms%dayMillis < 0 {
		day--
	}
	if c.day != day || c.date[0] == 0 {
		c.day = day
		copy(c.date[:], tpe.FormatTime(time.UnixMilli(ms)))
	}
	in := int(ms - day*dayMillis)
	h, m, s, f := in/3600000, in/60000%60, in/1000%60, in%1000
	dst = append(dst, c.date[:]...)
	return append(dst,
		'0'+byte(h/10), '0'+byte(h%10), ':', '0'+byte(m/10), '0'+byte(m%10), ':', '0'+byte(s/10), '0'+byte(s%10),
		'.', '0'+byte(f/100), '0'+byte(f/10%10), '0'+byte(f%10), 'Z')
}
