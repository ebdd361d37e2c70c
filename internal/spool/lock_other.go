//go:build !unix

package spool

import "os"

// canLock says that a lock tells who is at work.
const canLock = false

// tryLock does nothing where files cannot be locked: nothing is swept there.
func tryLock(*os.File) (bool, error) { return true, nil }
