//go:build !linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// cpuTime returns the user and system time of a living process.
func cpuTime(ctx context.Context, pid int) (time.Duration, error) {
	out, err := exec.CommandContext(ctx, "ps", "-o", "time=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return 0, err
	}
	// [[HH:]MM:]SS.hh
	var seconds float64
	for part := range strings.SplitSeq(strings.TrimSpace(string(out)), ":") {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil {
			return 0, fmt.Errorf("read the time %q of ps: %w", out, err)
		}
		seconds = seconds*60 + v
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// dataSync makes the file's content durable.
func dataSync(f *os.File) error { return f.Sync() }

// processor returns the name of the CPU, or nothing.
func processor() string { return "" }

// memory returns the bytes of main memory, or 0.
func memory() int64 { return 0 }
