package tpe

import "time"

// Lag says how far a copy of the lake is behind.
type Lag struct {
	Name    string        // of the copy: s3, dynamodb
	Pending int64         // what is not copied yet, in Unit
	Unit    string        // files, records
	Bytes   int64         // of what is not copied yet; 0 when it is not known
	Age     time.Duration // of the oldest of it
	Last    time.Time     // when everything was copied; zero for never
	Err     string        // why the last try failed; empty when it did not
}

// Degraded reports whether the copy cannot keep up.
func (l Lag) Degraded() bool { return l.Err != "" }
