// Package buckettest gives tests a real S3 server, versitygw over a folder,
// and a proxy that does harm on the way to it.
//
// The server is the test binary itself, started again as a child process: so
// that it can be killed and started at will, and its change of the working
// folder stays its own.
package buckettest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"

	"github.com/power100/tpe/internal/bucket"
)

// The keys of the server.
const (
	AccessKeyID     = "test"
	SecretAccessKey = "testsecret"
)

// Bucket is the name of the bucket that every server has.
const Bucket = "lake"

const (
	envAddr     = "TPE_TEST_S3_ADDR"
	envDir      = "TPE_TEST_S3_DIR"
	envVersions = "TPE_TEST_S3_VERSIONS"
)

// Main is to be called first in TestMain. In a child process it is the
// server, and does not return.
func Main() {
	addr := os.Getenv(envAddr)
	if addr == "" {
		return
	}
	if err := serve(addr, os.Getenv(envDir), os.Getenv(envVersions)); err != nil {
		fmt.Fprintln(os.Stderr, "test server:", err)
	}
	os.Exit(1)
}

func serve(addr, dir, versions string) error {
	store, err := posix.New(dir, meta.XattrMeta{}, posix.PosixOpts{VersioningDir: versions})
	if err != nil {
		return err
	}
	return embedgw.RunVersityGW(context.Background(), store, &embedgw.Config{
		RootUserAccess: AccessKeyID, RootUserSecret: SecretAccessKey, Ports: []string{addr},
		MaxConnections: 4096, MaxRequests: 2048, MultipartMaxParts: 10_000, KeepAlive: true, Quiet: true,
	})
}

// Options says what a server is like.
type Options struct {
	Versions bool // the bucket keeps versions
}

// Server is a running server.
type Server struct {
	URL  string
	Addr string
	// Dir holds the objects of Bucket as files, for tests that change them
	// behind the server's back.
	Dir string

	t    testing.TB
	root string
	opts Options
	cmd  *exec.Cmd
}

// Start starts a server that ends with the test.
func Start(t testing.TB, opts Options) *Server {
	t.Helper()
	s := &Server{t: t, root: t.TempDir(), opts: opts}
	s.Dir = filepath.Join(s.root, "objects", Bucket)
	for _, dir := range []string{s.Dir, filepath.Join(s.root, "versions")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.Addr = freeAddr(t)
	s.URL = "http://" + s.Addr
	t.Cleanup(s.Kill)
	s.Restart()
	if opts.Versions {
		s.keepVersions()
	}
	return s
}

func freeAddr(t testing.TB) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// Kill ends the server at once, as kill -9 does.
func (s *Server) Kill() {
	if s.cmd != nil {
		_ = s.cmd.Process.Kill() // it may have ended
		_ = s.cmd.Wait()
		s.cmd = nil
	}
}

// Restart kills the server and starts it again at the same address, with the
// objects that it had.
func (s *Server) Restart() {
	s.t.Helper()
	s.Kill()
	exe, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd = exec.Command(exe)
	s.cmd.Env = append(os.Environ(), envAddr+"="+s.Addr, envDir+"="+filepath.Join(s.root, "objects"), "GOMEMLIMIT=off")
	if s.opts.Versions {
		s.cmd.Env = append(s.cmd.Env, envVersions+"="+filepath.Join(s.root, "versions"))
	}
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for until := time.Now().Add(20 * time.Second); ; {
		res, err := http.Get(s.URL + "/" + Bucket)
		if err == nil {
			res.Body.Close()
			return
		}
		if time.Now().After(until) {
			s.t.Fatalf("the S3 server does not come up: %v", err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// Options returns the way to the server's bucket.
func (s *Server) Options() bucket.Options {
	return bucket.Options{Name: Bucket, Endpoint: s.URL, Region: "us-east-1", AccessKeyID: AccessKeyID, SecretAccessKey: SecretAccessKey,
		MaxBackoff: 200 * time.Millisecond}
}

// Open returns the server's bucket.
func (s *Server) Open(change ...func(*bucket.Options)) *bucket.Bucket {
	s.t.Helper()
	o := s.Options()
	for _, f := range change {
		f(&o)
	}
	b, err := bucket.New(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(b.Close)
	return b
}

// Env returns the variables that make tpe use the server.
func (s *Server) Env() map[string]string {
	return map[string]string{"AWS_ENDPOINT_URL": s.URL, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": AccessKeyID,
		"AWS_SECRET_ACCESS_KEY": SecretAccessKey, "DATA_LAKE_BUCKET": Bucket}
}

// Objects lists the keys in the bucket as the file system has them, with
// their sizes.
func (s *Server) Objects() map[string]int64 {
	s.t.Helper()
	out := map[string]int64{}
	err := filepath.WalkDir(s.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if d.Name() == ".sgwtmp" {
				return filepath.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(s.Dir, path)
		out[filepath.ToSlash(rel)] = info.Size()
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// Path returns the file of an object.
func (s *Server) Path(key string) string { return filepath.Join(s.Dir, filepath.FromSlash(key)) }

// Flip changes one byte of an object behind the server's back.
func (s *Server) Flip(key string, at int64) {
	s.t.Helper()
	b, err := os.ReadFile(s.Path(key))
	if err != nil {
		s.t.Fatal(err)
	}
	b[at] ^= 0x01
	f, err := os.OpenFile(s.Path(key), os.O_WRONLY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(b[at:at+1], at); err != nil {
		s.t.Fatal(err)
	}
}

// keepVersions makes the bucket keep versions.
func (s *Server) keepVersions() {
	s.t.Helper()
	if err := s.Open().KeepVersions(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}
