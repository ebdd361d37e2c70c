package lake

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

var errStopped = errors.New("the process has stopped")

// faultDisk is the real file system with a process that stops after a number
// of steps, and a machine that may lose its power at that moment.
type faultDisk struct {
	osDisk
	mu    sync.Mutex
	left  int // steps that still work; negative: no limit
	steps int // that were taken
	// fail decides about a single step; nil: all work.
	fail func(step, path string) error
	// What a power cut undoes: names since the last sync of their folder,
	// bytes since the last sync of their file.
	names []nameStep
	files map[string]*faultFile
	saved string // folder for what was removed and not synced
	last  string // the step at which the process stopped
}

// nameStep is a change of a name that is not durable yet.
type nameStep struct {
	dir     string
	removal bool
	undo    func()
}

func newFaultDisk(t testing.TB, left int) *faultDisk {
	return &faultDisk{left: left, files: map[string]*faultFile{}, saved: memoryDir(t)}
}

// step counts a step, or fails when the process has stopped.
func (d *faultDisk) step(name, path string) error {
	if d.fail != nil {
		if err := d.fail(name, path); err != nil {
			return err
		}
	}
	if d.left == 0 {
		if d.last == "" {
			d.last = name + " " + filepath.Base(path)
		}
		return errStopped
	}
	d.left--
	d.steps++
	return nil
}

func (d *faultDisk) pend(path string, removal bool, undo func()) {
	d.names = append(d.names, nameStep{filepath.Dir(path), removal, undo})
}

func (d *faultDisk) open(path string, flag int) (file, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if flag&os.O_CREATE != 0 {
		if err := d.step("create", path); err != nil {
			return nil, err
		}
	}
	f, err := d.osDisk.open(path, flag)
	if err != nil {
		return nil, err
	}
	if flag&os.O_CREATE != 0 {
		d.pend(path, false, func() { _ = os.Remove(path) })
	}
	ff := &faultFile{osFile: f.(osFile), d: d, path: path}
	if flag&os.O_CREATE == 0 {
		ff.safe, _ = f.size()
	}
	d.files[path] = ff
	return ff, nil
}

func (d *faultDisk) rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step("rename", to); err != nil {
		return err
	}
	// A name that is replaced has the old file or the new one, never none.
	saved := filepath.Join(d.saved, filepath.Base(from))
	replaced := os.Link(to, saved) == nil
	if err := os.Rename(from, to); err != nil {
		return err
	}
	if f := d.files[from]; f != nil {
		d.files[to] = f
		f.path = to
		delete(d.files, from)
	}
	d.pend(to, false, func() {
		_ = os.Rename(to, from)
		if replaced {
			_ = os.Rename(saved, to)
		}
	})
	return nil
}

func (d *faultDisk) remove(path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := os.Stat(path); err != nil {
		return err
	}
	if err := d.step("remove", path); err != nil {
		return err
	}
	saved := filepath.Join(d.saved, filepath.Base(path))
	if err := os.Rename(path, saved); err != nil {
		return err
	}
	d.pend(path, true, func() { _ = os.Rename(saved, path) })
	return nil
}

func (d *faultDisk) mkdir(path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step("mkdir", path); err != nil {
		return err
	}
	if err := d.osDisk.mkdir(path); err != nil {
		return err
	}
	d.pend(path, false, func() { _ = os.RemoveAll(path) })
	return nil
}

func (d *faultDisk) syncDir(path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step("sync folder", path); err != nil {
		return err
	}
	keep := d.names[:0]
	for _, n := range d.names {
		if n.dir != path {
			keep = append(keep, n)
		}
	}
	d.names = keep
	return nil // the real disk is not what is tested
}

// stop ends the process: its files are closed, its locks are gone.
func (d *faultDisk) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = 0
	for _, f := range d.files {
		_ = f.Close()
	}
}

// cutPower loses every byte that was not synced, and those changes of names
// that were not and that lose wants to be lost.
func (d *faultDisk) cutPower(lose func(nameStep) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for path, f := range d.files {
		if info, err := os.Stat(path); err == nil && info.Size() > f.safe {
			_ = os.Truncate(path, f.safe)
		}
	}
	for i := len(d.names) - 1; i >= 0; i-- {
		if lose(d.names[i]) {
			d.names[i].undo()
		}
	}
}

// faultFile is a file of a faultDisk.
type faultFile struct {
	osFile
	d    *faultDisk
	path string
	safe int64 // bytes that were synced
}

func (f *faultFile) WriteAt(p []byte, at int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.d.step("write", f.path); err != nil {
		// A part of it had been written.
		n, _ := f.osFile.WriteAt(p[:len(p)/2], at)
		return n, err
	}
	return f.osFile.WriteAt(p, at)
}

func (f *faultFile) Truncate(size int64) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.d.step("truncate", f.path); err != nil {
		return err
	}
	f.safe = min(f.safe, size)
	return f.osFile.Truncate(size)
}

func (f *faultFile) datasync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.d.step("sync", f.path); err != nil {
		return err
	}
	size, err := f.size()
	if err != nil {
		return err
	}
	f.safe = max(f.safe, size)
	return nil
}
