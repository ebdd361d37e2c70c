package cli

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/power100/tpe/internal/bucket/buckettest"
	"github.com/power100/tpe/internal/dynamo/dynamotest"
)

func TestMain(m *testing.M) {
	buckettest.Main()
	testscript.Main(withPostgres{m}, map[string]func(){
		"tpe": func() { os.Exit(Main(OS())) },
	})
}

// The scripts run the real program's main, as a user would.
func TestScripts(t *testing.T) {
	s3 := buckettest.Start(t, buckettest.Options{})
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			e.Setenv("S3_URL", s3.URL)
			e.Setenv("S3_FILES", s3.Dir)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond == "dynalite" {
				return dynamotest.Installed() || os.Getenv("CI") != "", nil // in CI it must be there
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"address":  address,
			"http":     request,
			"overlong": func(ts *testscript.TestScript, _ bool, args []string) { overlong(t, ts, args) },
			"shipped":  shipped,
			"dynamodb": func(ts *testscript.TestScript, _ bool, _ []string) {
				s := dynamotest.Start(t)
				for name, value := range map[string]string{
					"AWS_ENDPOINT_URL": s.URL, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "INTERACTIONS_TABLE": "interactions",
				} {
					ts.Setenv(name, value)
				}
			},
		},
	})
}

// address waits until a server has written the file and puts its address
// into $ADDR: address FILE.
func address(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if b, err := os.ReadFile(ts.MkAbs(args[0])); err == nil {
			ts.Setenv("ADDR", strings.TrimSpace(string(b)))
			return
		}
	}
	ts.Fatalf("no server wrote %s", args[0])
}

// overlong starts a service whose first answer goes on after its
// Content-Length, and whose later ones have a line that is no header, both
// with the content of a file: overlong FILE. Its address is $OVERLONG.
func overlong(t *testing.T, ts *testscript.TestScript, args []string) {
	body := ts.ReadFile(args[0])
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	t.Cleanup(func() { _ = ln.Close() })
	ts.Setenv("OVERLONG", "http://"+ln.Addr().String())
	go func() {
		for answer := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + body; ; answer = "HTTP/1.1 200 OK\r\n" + body + "\r\n\r\n" {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				_, _ = io.WriteString(c, answer)
			}
			_, _ = io.Copy(io.Discard, c) // until the other side hangs up
			_ = c.Close()
		}
	}()
}

// shipped waits until the server at $ADDR says that its copies are complete.
func shipped(ts *testscript.TestScript, _ bool, _ []string) {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get("http://" + ts.Getenv("ADDR") + "/readyz")
		ts.Check(err)
		answer, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		ts.Check(err)
		if strings.Contains(string(answer), `"complete_at"`) && strings.Contains(string(answer), `"pending":0`) {
			return
		}
	}
	ts.Fatalf("the copies are not complete")
}

// request sends one request and prints the status and the body of the answer:
// http METHOD PATH [FILE [CONTENT-TYPE]].
func request(ts *testscript.TestScript, _ bool, args []string) {
	var body io.Reader
	if len(args) > 2 {
		body = strings.NewReader(ts.ReadFile(args[2]))
	}
	req, err := http.NewRequest(args[0], "http://"+ts.Getenv("ADDR")+args[1], body)
	ts.Check(err)
	req.Header.Set("Content-Type", "application/json")
	if len(args) > 3 {
		req.Header.Set("Content-Type", args[3])
	}
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	ts.Check(err)
	_, err = fmt.Fprintf(ts.Stdout(), "status %d\n%s\n", resp.StatusCode, answer)
	ts.Check(err)
}
