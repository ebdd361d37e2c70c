package cli

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"

	"github.com/power100/tpe/internal/tpe"
)

// profile is where a command spends its time, in the form that "go tool pprof"
// and "go build -pgo" read. Without a path there is none.
type profile struct {
	path string
	file *os.File
}

func (p *profile) start(env Env) error {
	if p.path == "" {
		return nil
	}
	f, err := os.Create(at(env, p.path))
	if err != nil {
		return &tpe.Error{Code: tpe.Misuse, Message: "write the CPU profile", Err: err, Hint: "give --cpuprofile a file that can be written"}
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return errors.Join(fmt.Errorf("begin the CPU profile: %w", err), f.Close())
	}
	p.file = f
	return nil
}

// stop ends the profile, if one was begun.
func (p *profile) stop() error {
	if p.file == nil {
		return nil
	}
	pprof.StopCPUProfile()
	if err := p.file.Close(); err != nil {
		return fmt.Errorf("write the CPU profile: %w", err)
	}
	return nil
}
