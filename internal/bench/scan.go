package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/power100/tpe/internal/tape"
)

// scanMain is the role of the floor for everything that reads records: find
// the lines of a file and put each on a tape, with as many workers as there
// are processors. It prints how many records there are.
func scanMain(args []string, workers int, stdout io.Writer) error {
	if len(args) != 1 {
		return errors.New("scan takes one file")
	}
	f, err := os.Open(args[0])
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // only read
	var (
		blocks  = make(chan []byte)
		free    = make(chan []byte, 2*workers)
		wg      sync.WaitGroup
		records atomic.Int64
		faults  atomic.Int64
	)
	for range cap(free) {
		free <- make([]byte, 0, blockBytes+1<<16)
	}
	for range workers {
		wg.Go(func() {
			var t tape.Tape
			for block := range blocks {
				n, bad := scanBlock(&t, block)
				records.Add(n)
				faults.Add(bad)
				free <- block[:0]
			}
		})
	}
	err = readBlocks(f, free, blocks)
	close(blocks)
	wg.Wait()
	if err == nil && faults.Load() > 0 {
		err = fmt.Errorf("%d records of %s are not JSON", faults.Load(), args[0])
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, records.Load())
	return err
}

const blockBytes = 1 << 20

// readBlocks sends whole lines, about a megabyte at a time.
func readBlocks(r io.Reader, free <-chan []byte, blocks chan<- []byte) error {
	in := bufio.NewReaderSize(r, 1<<16)
	for {
		block := <-free
		n, err := io.ReadFull(in, block[:blockBytes])
		block = block[:n]
		if err == nil && n > 0 && block[n-1] != '\n' {
			var rest []byte
			rest, err = in.ReadBytes('\n')
			block = append(block, rest...)
		}
		blocks <- block
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func scanBlock(t *tape.Tape, block []byte) (records, faults int64) {
	for line := range bytes.Lines(block) {
		if line = bytes.TrimSuffix(line, []byte("\n")); len(line) == 0 {
			continue
		}
		records++
		if t.Parse(line) != nil {
			faults++
		}
	}
	return records, faults
}
