//go:build unix

package compact

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/power100/tpe/internal/lake"
	"github.com/power100/tpe/internal/tpe"
)

// lockName is the file whose lock the one compaction of a lake holds.
const lockName = ".lock"

// lock makes sure that no other process compacts the same lake. The lock
// ends with the process, also when it is killed.
func lock(d disk, parquet string) (release func() error, err error) {
	if err := makeDir(d, parquet); err != nil {
		return nil, err
	}
	owner := lake.Owner{Dir: filepath.Dir(parquet)}
	f, err := owner.OpenFile(filepath.Join(parquet, lockName), os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, fmt.Errorf("lock parquet folder: %w", err)
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = &tpe.Error{Code: tpe.Unavailable, Message: "another process is compacting this lake", Err: errCompacting, Hint: "run it again when that one has ended"}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}
