//go:build !unix

package compact

// lock does nothing where files cannot be locked: there, the operator sees to
// it that only one process compacts a lake.
func lock(d disk, parquet string) (release func() error, err error) {
	return func() error { return nil }, makeDir(d, parquet)
}
