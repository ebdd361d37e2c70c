package api

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/power100/tpe/internal/pgtest"
	"github.com/power100/tpe/internal/sqldb"
)

// childDir is the variable that makes the test binary a server on its own,
// for tests that kill it and for measurements from outside. It serves the
// lake and the database in that folder until SIGTERM, and prints its address.
const childDir = "API_TEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := serveChild(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	code := m.Run()
	if err := postgres.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// postgres is the PostgreSQL of these tests.
var postgres pgtest.Server

// childT lets a process that is no test use the helpers of tests.
type childT struct{ testing.TB }

func (childT) Helper()           {}
func (childT) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

func serveChild(dir string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	opts := options(childT{}, dir)
	opts.Log = slog.New(slog.NewJSONHandler(os.Stderr, nil))
	opts.Track = os.Getenv("API_TEST_TRACK") != "false"
	empty, err := opts.DB.Empty(ctx)
	if err != nil {
		return err
	}
	if empty {
		if err := opts.DB.Seed(ctx, samplePartners(8), nil); err != nil {
			return err
		}
	}
	s, err := New(opts)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	if err := s.Serve(ctx, ln); err != nil {
		return err
	}
	return opts.Writer.Close(context.Background())
}

// samplePartners are n partners of the usual size.
func samplePartners(n int) []sqldb.SamplePartner {
	var list []sqldb.SamplePartner
	for i := range n {
		list = append(list, sqldb.SamplePartner{
			ID: int64(i + 1), CompanyName: fmt.Sprintf("Partner %d", i+1), Description: "Qualified leads for exterior contractors", Email: "hello@partner.example",
			FocusAreas: []string{"controlling_lead_flow", "marketing_automation"}, RevenueRanges: []string{"5_10_million"}, ConfidenceScore: int64(60 + i),
		})
	}
	return list
}
