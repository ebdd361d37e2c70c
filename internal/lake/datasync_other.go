//go:build unix && !linux

package lake

// datasync brings the file to the disk.
func (f osFile) datasync() error { return f.Sync() }
