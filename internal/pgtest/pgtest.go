// Package pgtest starts real PostgreSQL servers for tests. It is imported by
// tests only, and never uses a server that it has not started itself.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// errMissing says that this machine has no PostgreSQL server.
var errMissing = errors.New("PostgreSQL's server is not installed (initdb and postgres, in the PATH or under /usr/lib/postgresql)")

// port names the socket; a server listens in a folder of its own, and on no
// network.
const port = 5432

// Server is one PostgreSQL server, without fsync, for the tests of one
// package. The zero value is ready: it starts with the first database. Close
// it in TestMain.
type Server struct {
	mu      sync.Mutex
	bin     string // folder of the programs
	dir     string // holds the data and the socket
	owner   *syscall.Credential
	process *exec.Cmd
	done    chan struct{} // closed when process has ended
	release chan struct{} // lets the thread go that has started process
}

// Database makes a new, empty database and returns its URL. It is dropped
// with the server. Where PostgreSQL is missing the test is skipped, or fails
// with CI=true.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	return s.create(t, "template1")
}

// Clone makes a copy of a database that nobody is connected to, given by its
// URL, and returns the copy's URL.
func (s *Server) Clone(t testing.TB, template string) string {
	t.Helper()
	u, err := url.Parse(template)
	if err != nil {
		t.Fatal(err)
	}
	return s.create(t, strings.TrimPrefix(u.Path, "/"))
}

func (s *Server) create(t testing.TB, template string) string {
	t.Helper()
	if err := s.Start(t.Context()); errors.Is(err, errMissing) && os.Getenv("CI") != "true" {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	name := "t" + strings.ReplaceAll(uuid.NewString(), "-", "")
	conn, err := pgx.Connect(t.Context(), s.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	sql := "CREATE DATABASE " + name + " TEMPLATE " + pgx.Identifier{template}.Sanitize()
	_, err = conn.Exec(t.Context(), sql)
	if err = errors.Join(err, conn.Close(context.WithoutCancel(t.Context()))); err != nil {
		t.Fatal(err)
	}
	return s.URL(name)
}

// URL returns the URL of a database of the server.
func (s *Server) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: "localhost", Path: "/" + database}
	// The host of the query wins: a folder with a socket.
	u.RawQuery = url.Values{"host": {s.dir}, "port": {strconv.Itoa(port)}, "sslmode": {"disable"}}.Encode()
	return u.String()
}

// Start starts the server when it is not running; after Stop, with the data
// that it had.
func (s *Server) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		return nil
	}
	if s.dir == "" {
		if err := s.init(ctx); err != nil {
			return err
		}
	}
	// It lives on when the test that has started it ends.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(s.bin, "postgres"), "-D", s.data(), "-k", s.dir, "-p", strconv.Itoa(port),
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200", "-c", "shared_buffers=64MB")
	cmd.SysProcAttr = attributes(s.owner)
	cmd.Dir = s.dir
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	release := make(chan struct{})
	if err := errors.Join(start(cmd, release), log.Close()); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	s.process, s.done, s.release = cmd, done, release
	if err := s.await(ctx); err != nil {
		s.end(syscall.SIGQUIT)
		return err
	}
	return nil
}

// await returns when the server takes connections.
func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.done:
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("start postgres: it ended: %s", log)
		case <-ctx.Done():
			return fmt.Errorf("start postgres: %w", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Stop ends the server as a restart would: connections are cut, data stays.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(syscall.SIGINT)
}

// Kill ends the server without warning; the next Start recovers.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(syscall.SIGQUIT)
}

// Close ends the server and removes its data.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(syscall.SIGQUIT)
	if s.dir == "" {
		return nil
	}
	dir := s.dir
	s.dir = ""
	return os.RemoveAll(dir)
}

func (s *Server) end(how syscall.Signal) {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Signal(how) // it may have ended by itself
	<-s.done
	close(s.release)
	s.process = nil
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// init makes an empty cluster.
func (s *Server) init(ctx context.Context) (err error) {
	if s.bin, err = programs(); err != nil {
		return err
	}
	// A socket's path may have about 100 bytes: not below a test's folder.
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return fmt.Errorf("make a cluster: %w", err)
	}
	if os.Geteuid() == 0 {
		if s.owner, err = owner(); err == nil {
			err = os.Chown(dir, int(s.owner.Uid), int(s.owner.Gid))
		}
	}
	if err == nil {
		cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "postgres",
			"-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner}
		var out []byte
		if out, err = cmd.CombinedOutput(); err != nil {
			err = fmt.Errorf("make a cluster: %w: %s", err, out)
		}
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	s.dir = dir
	return nil
}

// owner is whom a server runs as when the tests run as root, which
// PostgreSQL refuses.
func owner() (*syscall.Credential, error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("%w; and root needs an account postgres: %w", errMissing, err)
	}
	uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uidErr, gidErr)
}

// programs returns the folder of initdb and postgres, of the newest version.
func programs() (string, error) {
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	if p, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(p))
	}
	for _, dir := range dirs {
		_, initErr := os.Stat(filepath.Join(dir, "initdb"))
		_, serverErr := os.Stat(filepath.Join(dir, "postgres"))
		if initErr == nil && serverErr == nil {
			return dir, nil
		}
	}
	return "", errMissing
}

func version(dir string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))) // what is no number comes last
	return n
}
