package ship

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// receiver is another tpe, as far as its /api/interactions goes: it keeps
// records by id and refuses those without a page.
type receiver struct {
	mu      sync.Mutex // one request at a time
	seen    map[string]bool
	trouble []func(http.ResponseWriter) // what happens to the first requests
	most    int                         // records in one request, 0 is no limit
	token   string
	gone    bool // what was stored is stored, but the answer is lost
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	if req.URL.Path != "/base/api/interactions" || req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/x-ndjson" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if req.Header.Get("Authorization") != rc.token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if len(rc.trouble) > 0 {
		now := rc.trouble[0]
		rc.trouble = rc.trouble[1:]
		if now != nil {
			now(w)
			return
		}
	}
	type fault struct {
		Line    int    `json:"line"`
		Pointer string `json:"pointer"`
		Message string `json:"message"`
	}
	var answer struct {
		New       int     `json:"new"`
		Duplicate int     `json:"duplicate"`
		Rejected  int     `json:"rejected"`
		Faults    []fault `json:"faults"`
	}
	var records []string
	lines := bufio.NewScanner(req.Body)
	lines.Buffer(nil, 32<<20)
	for lines.Scan() {
		records = append(records, lines.Text())
	}
	if rc.most > 0 && len(records) > rc.most {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	for i, record := range records {
		var t tape.Tape
		if err := t.Parse([]byte(record)); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		id, _ := t.Find("interaction_id")
		switch _, ok := t.Find("page"); {
		case !ok:
			answer.Rejected++
			answer.Faults = append(answer.Faults, fault{i + 1, "/page", "is missing"}, fault{i + 1, "/page", "and again"})
		case rc.seen[t.Text(id)]:
			answer.Duplicate++
		default:
			rc.seen[t.Text(id)] = true
			answer.New++
		}
	}
	if rc.gone {
		rc.gone = false
		panic(http.ErrAbortHandler)
	}
	if answer.Rejected > 0 {
		w.WriteHeader(http.StatusUnprocessableEntity)
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(err)
	}
}

// send replays to a receiver.
func send(t *testing.T, rc *receiver, path string) (*Report, *clock, error) {
	t.Helper()
	rc.seen = map[string]bool{}
	server := httptest.NewServer(rc)
	t.Cleanup(server.Close)
	c := &clock{now: at(t, "2027-01-01T00:00:00Z")}
	header := http.Header{}
	if rc.token != "wrong" && rc.token != "" {
		header.Set("Authorization", rc.token)
	}
	sink, err := NewURLSink(URLOptions{
		URL: server.URL + "/base", Header: header, Now: c.Now, Sleep: c.Sleep,
		Jitter: func() float64 { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := Replay(context.Background(), options(t, sink, path))
	if !rep.AddsUp() {
		t.Errorf("the accounts do not add up: %+v", rep)
	}
	return rep, c, err
}

func status(code int, retry string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		if retry != "" {
			w.Header().Set("Retry-After", retry)
		}
		w.WriteHeader(code)
	}
}

func TestSendToAnother(t *testing.T) {
	path := write(t, t.TempDir(), "a.ndjson", views(1000))
	rep, _, err := send(t, &receiver{token: "Bearer of-tests"}, path)
	if err != nil || rep.New != 1000 || rep.Types["page_view"].New != 1000 || rep.Err() != nil {
		t.Errorf("%v, %+v", err, rep)
	}
}

func TestSendAgainWhatMayPass(t *testing.T) {
	path := write(t, t.TempDir(), "a.ndjson", views(10))
	date := at(t, "2027-01-01T00:00:10Z").Format(http.TimeFormat)
	rc := &receiver{trouble: []func(http.ResponseWriter){
		status(503, ""), status(429, "7"), func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, status(500, date), status(408, "100000"),
	}}
	rep, c, err := send(t, rc, path)
	if err != nil || rep.New != 10 {
		t.Errorf("%v, %+v", err, rep)
	}
	want := []time.Duration{125 * time.Millisecond, 7 * time.Second, 500 * time.Millisecond, 10*time.Second - 7625*time.Millisecond, longestWait}
	if !slices.Equal(c.slept, want) {
		t.Errorf("slept %v, want %v", c.slept, want)
	}
}

func TestLostAnswer(t *testing.T) {
	path := write(t, t.TempDir(), "a.ndjson", views(10))
	rep, _, err := send(t, &receiver{gone: true}, path)
	if err != nil || rep.Duplicate != 10 || rep.Failed != 0 {
		t.Errorf("%v, %+v", err, rep)
	}
}

func TestGiveUp(t *testing.T) {
	path := write(t, t.TempDir(), "a.ndjson", views(10))
	for name, tt := range map[string]struct {
		rc   *receiver
		code tpe.Code
	}{
		"away for good":     {&receiver{trouble: slices.Repeat([]func(http.ResponseWriter){status(503, "")}, attempts)}, tpe.Unavailable},
		"who are you":       {&receiver{token: "wrong"}, tpe.Unauthorized},
		"you may not":       {&receiver{trouble: []func(http.ResponseWriter){status(403, "")}}, tpe.Forbidden},
		"no tpe":            {&receiver{trouble: []func(http.ResponseWriter){status(404, "")}}, tpe.Unavailable},
		"no answer":         {&receiver{trouble: []func(http.ResponseWriter){status(200, "")}}, tpe.Unavailable},
		"not all of it":     {&receiver{trouble: []func(http.ResponseWriter){func(w http.ResponseWriter) { fmt.Fprint(w, `{"new":3}`) }}}, tpe.Unavailable},
		"something strange": {&receiver{trouble: []func(http.ResponseWriter){status(418, "")}}, tpe.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			rep, _, err := send(t, tt.rc, path)
			codeOf(t, err, tt.code)
			if rep.Failed != 10 || rep.New != 0 {
				t.Errorf("%+v", rep)
			}
		})
	}
}

// An answer that is not for all records is told with the receiver's reason.
func TestReceiverStops(t *testing.T) {
	path := write(t, t.TempDir(), "a.ndjson", views(10))
	_, _, err := send(t, &receiver{trouble: []func(http.ResponseWriter){func(w http.ResponseWriter) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, `{"new":3,"rejected":1,"not_stored":6,"message":"Out of paper"}`)
	}}}, path)
	if err == nil || !strings.HasSuffix(err.Error(), "of 10 records it has taken or rejected 4, and says: Out of paper") {
		t.Error(err)
	}
}

func TestTooManyAtOnce(t *testing.T) {
	path := write(t, t.TempDir(), "a.ndjson", views(10))
	rep, _, err := send(t, &receiver{most: 3}, path)
	if err != nil || rep.New != 10 {
		t.Errorf("%v, %+v", err, rep)
	}
	rep, _, err = send(t, &receiver{trouble: []func(http.ResponseWriter){nil, status(413, "")}}, write(t, t.TempDir(), "a.json", view(1, "2026-11-23T00:00:00.000Z")))
	if err != nil || rep.New != 1 {
		t.Errorf("%v, %+v", err, rep)
	}
	rep, _, err = send(t, &receiver{trouble: []func(http.ResponseWriter){status(413, "")}}, write(t, t.TempDir(), "a.json", view(1, "2026-11-23T00:00:00.000Z")))
	if err != nil || rep.Rejected != 1 || rep.Reasons["refused by the receiver: too large for the receiver"] != 1 {
		t.Errorf("%v, %+v", err, rep)
	}
}

func TestReceiverRefuses(t *testing.T) {
	odd := strings.Replace(view(3, "2026-11-23T00:00:00.000Z"), `"page":`, `"pages":`, 1)
	odd = strings.Replace(odd, "page_view", "of_my_own", 1) // valid here, not there
	path := write(t, t.TempDir(), "a.ndjson", view(1, "2026-11-23T00:00:00.000Z")+"\n"+odd+"\n"+view(2, "2026-11-23T00:00:00.000Z")+"\n")
	rep, _, err := send(t, &receiver{}, path)
	if err != nil || rep.New != 2 || rep.Rejected != 1 || rep.Types["of_my_own"].Rejected != 1 {
		t.Errorf("%v, %+v", err, rep)
	}
	if len(rep.Samples) != 1 || rep.Samples[0].Line != 2 || rep.Samples[0].File != path || rep.Samples[0].Reason != "refused by the receiver: /page is missing" {
		t.Errorf("%+v", rep.Samples)
	}
	codeOf(t, rep.Err(), tpe.Mismatch)
}

func TestLargeRecordsGoInSeveralRequests(t *testing.T) {
	var text strings.Builder
	for i := range 6 {
		text.WriteString(strings.Replace(view(i, "2026-11-23T00:00:00.000Z"), `"page":{`, `"page":{"title":"`+strings.Repeat("x", requestBytes/2)+`",`, 1) + "\n")
	}
	rep, _, err := send(t, &receiver{most: 1}, write(t, t.TempDir(), "a.ndjson", text.String()))
	if err != nil || rep.New != 6 || rep.Types["page_view"].New != 6 {
		t.Errorf("%v, %+v", err, rep)
	}
}

func TestURL(t *testing.T) {
	for url, want := range map[string]string{
		"http://localhost:3000":                     "http://localhost:3000/api/interactions",
		"https://tpe.example/base/":                 "https://tpe.example/base/api/interactions",
		"https://tpe.example/base/api/interactions": "https://tpe.example/base/api/interactions",
		"localhost:3000":                            "", "ftp://x": "", "http://": "", "lake": "", "http://a b": "",
	} {
		s, err := NewURLSink(URLOptions{URL: url})
		if want == "" {
			codeOf(t, err, tpe.Misuse)
		} else if err != nil || s.url != want {
			t.Errorf("%s: %v, %+v", url, err, s)
		}
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add([]byte(`{"new":1,"rejected":2,"faults":[{"line":2},{"line":2},{"line":9}]}`), 3)
	f.Add([]byte(`{"new":-1,"duplicate":4}`), 3)
	f.Fuzz(func(t *testing.T, body []byte, n int) {
		if n < 0 || n > 1000 {
			return
		}
		a, err := readAnswer(body, n)
		if err != nil {
			return
		}
		if a.New+a.Duplicate+a.Conflict+len(a.Rejected) != n {
			t.Fatalf("%+v for %d records", a, n)
		}
		for _, r := range a.Rejected {
			if r.Index < -1 || r.Index >= n {
				t.Fatalf("%+v for %d records", r, n)
			}
		}
	})
}
