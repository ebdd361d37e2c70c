package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// load is what the load client sends: GETs, or POSTs of one record each when
// there are Records, or of the Body when there is one.
type load struct {
	URL         string
	Connections int
	Time        time.Duration // no request begins later
	Requests    int64         // at most
	Records     string        // NDJSON file whose records are sent in turn
	Body        string        // JSON; {n} is a number of the request's own, {w} that of its connection
}

// loadResult is what came of it.
type loadResult struct {
	OK, Failed int64
	Seconds    float64
	P50, P99   float64 // milliseconds
	Most       float64
	Fault      string // of the first request that failed
}

// command returns the process that applies the load: this program in the
// role of the client, so that its CPU time is not the server's.
func (l load) command(self, dir string) command {
	return command{path: self, dir: dir, args: []string{
		"client", "-url", l.URL, "-connections", strconv.Itoa(l.Connections), "-time", l.Time.String(),
		"-requests", strconv.FormatInt(l.Requests, 10), "-records", l.Records, "-body", l.Body,
	}}
}

// clientMain is the role of the load client.
func clientMain(ctx context.Context, args []string, stdout io.Writer) error {
	var l load
	f := flag.NewFlagSet("client", flag.ContinueOnError)
	f.StringVar(&l.URL, "url", "", "")
	f.IntVar(&l.Connections, "connections", 1, "")
	f.DurationVar(&l.Time, "time", time.Second, "")
	f.Int64Var(&l.Requests, "requests", 1, "")
	f.StringVar(&l.Records, "records", "", "")
	f.StringVar(&l.Body, "body", "", "")
	if err := f.Parse(args); err != nil {
		return err
	}
	result, err := l.apply(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(result)
}

// apply sends the requests over connections that are kept open, each of
// which waits for its answer before it sends the next.
func (l load) apply(ctx context.Context) (loadResult, error) {
	target, err := url.Parse(l.URL)
	if err != nil {
		return loadResult{}, err
	}
	var records [][]byte
	if l.Records != "" {
		all, err := os.ReadFile(l.Records)
		if err != nil {
			return loadResult{}, err
		}
		records = bytes.Split(bytes.TrimSpace(all), []byte("\n"))
	}
	var (
		wg      sync.WaitGroup
		left    atomic.Int64
		workers = make([]worker, l.Connections)
		start   = time.Now()
	)
	left.Store(l.Requests)
	for i := range workers {
		w := &workers[i]
		*w = worker{target: target, records: records, turn: i * 7919, serial: rand.Uint64() >> 8}
		w.body = strings.ReplaceAll(l.Body, "{w}", strconv.Itoa(i))
		wg.Go(func() { w.work(ctx, start.Add(l.Time), &left) })
	}
	wg.Wait()
	result := loadResult{Seconds: time.Since(start).Seconds()}
	var all []float64
	for _, w := range workers {
		all = append(all, w.latencies...)
		result.OK += w.ok
		result.Failed += w.failed
		if result.Fault == "" && w.fault != nil {
			result.Fault = w.fault.Error()
		}
	}
	result.P50, result.P99, result.Most = percentile(all, 50), percentile(all, 99), percentile(all, 100)
	return result, nil
}

// worker is one connection.
type worker struct {
	target  *url.URL
	records [][]byte
	body    string
	turn    int
	serial  uint64 // of the ids that it makes

	ok, failed int64
	fault      error     // the first
	latencies  []float64 // milliseconds
}

func (w *worker) work(ctx context.Context, until time.Time, left *atomic.Int64) {
	w.latencies = make([]float64, 0, 1<<16)
	var conn *link
	defer func() {
		if conn != nil {
			_ = conn.Close()
		}
	}()
	var request []byte
	for ctx.Err() == nil && w.failed < 100 && time.Now().Before(until) && left.Add(-1) >= 0 {
		if conn == nil {
			var err error
			if conn, err = dial(ctx, w.target.Host); err != nil {
				w.fail(err)
				continue
			}
		}
		request = w.request(request[:0])
		start := time.Now()
		status, body, err := conn.roundTrip(request)
		w.latencies = append(w.latencies, float64(time.Since(start))/float64(time.Millisecond))
		switch {
		case err != nil:
			w.fail(err)
			_ = conn.Close()
			conn = nil
		case status/100 != 2:
			w.fail(fmt.Errorf("status %d: %s", status, shortened(string(body))))
		default:
			w.ok++
		}
	}
}

func (w *worker) fail(err error) {
	w.failed++
	if w.fault == nil {
		w.fault = err
	}
}

// idAt is where the id's 36 characters begin in a generated record.
const idAt = len(`{"interaction_id":"`)

// request appends the next request. A record that is sent again gets an id
// of its own: the last 16 digits are drawn anew.
func (w *worker) request(b []byte) []byte {
	if w.body != "" {
		w.serial++
		body := strings.ReplaceAll(w.body, "{n}", strconv.FormatUint(w.serial, 10))
		return fmt.Appendf(b, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", w.target.RequestURI(), w.target.Host, len(body), body)
	}
	if len(w.records) == 0 {
		return fmt.Appendf(b, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", w.target.RequestURI(), w.target.Host)
	}
	w.turn++
	record := w.records[w.turn%len(w.records)]
	b = fmt.Appendf(b, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",
		w.target.RequestURI(), w.target.Host, len(record))
	from := len(b)
	b = append(b, record...)
	var serial [8]byte
	w.serial++
	binary.BigEndian.PutUint64(serial[:], w.serial)
	id := b[from+idAt+19:] // the fourth group of digits, with the variant in the first
	hex.Encode(id[5:17], serial[2:])
	hex.Encode(id[2:4], serial[1:2])
	return b
}

// link is one connection of the client.
type link struct {
	net.Conn
	in   *bufio.Reader
	body bytes.Buffer
}

func dial(ctx context.Context, host string) (*link, error) {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	return &link{Conn: conn, in: bufio.NewReader(conn)}, nil
}

// roundTrip sends a request and reads the answer, whose body is valid until
// the next one.
func (l *link) roundTrip(request []byte) (status int, body []byte, err error) {
	if err := l.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return 0, nil, err
	}
	if _, err := l.Write(request); err != nil {
		return 0, nil, err
	}
	line, err := l.in.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
		return 0, nil, fmt.Errorf("the answer begins with %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, fmt.Errorf("the answer begins with %q", line)
	}
	length, err := l.header()
	if err != nil {
		return 0, nil, err
	}
	l.body.Reset()
	if length >= 0 {
		_, err = io.CopyN(&l.body, l.in, length)
	} else {
		err = l.chunks()
	}
	return status, l.body.Bytes(), err
}

// header reads the rest of the head and returns the length of the body, -1
// when it comes in chunks.
func (l *link) header() (length int64, err error) {
	for {
		line, err := l.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			return length, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return 0, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")) && bytes.EqualFold(value, []byte("chunked")):
			length = -1
		case bytes.EqualFold(name, []byte("Connection")) && bytes.EqualFold(value, []byte("close")):
			return 0, errors.New("the server closes the connection")
		}
	}
}

func (l *link) chunks() error {
	for {
		line, err := l.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 64)
		if err != nil {
			return fmt.Errorf("a chunk begins with %q", line)
		}
		if _, err := io.CopyN(&l.body, l.in, size); err != nil {
			return err
		}
		if _, err := l.in.Discard(2); err != nil || size == 0 {
			return err
		}
	}
}
