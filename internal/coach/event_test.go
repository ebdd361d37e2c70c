package coach

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

func readEvents(r io.Reader) ([]event, error) {
	e := newEvents(r)
	var all []event
	for {
		ev, err := e.next()
		if err != nil {
			return all, err
		}
		all = append(all, ev)
	}
}

func TestEvents(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []event
	}{
		{"data: a\n\ndata: b\n\n", []event{{data: []byte("a")}, {data: []byte("b")}}},
		{"\ufeffdata:a\r\n\r\n: comment\rid: 7\revent: x\rdata: b\rdata\rdata:  c\r\r", []event{{data: []byte("a")}, {name: "x", id: "7", data: []byte("b\n\n c")}}},
		{"event: lost\n\ndata: a\n\n", []event{{data: []byte("a")}}},
		{"id: 1\n\nid: a\x00b\ndata: a\n\n", []event{{id: "1", data: []byte("a")}}},
		{"data: never finished\n", nil},
		{"data: never finished", nil},
		{"data\n\n", []event{{data: nil}}},
		{"datas: x\nretry: 10\n\n", nil},
		{"", nil},
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(c.in), "byte by byte": iotest.OneByteReader(strings.NewReader(c.in))} {
			got, err := readEvents(r)
			if !errors.Is(err, io.EOF) || !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s: %q: %q %v", name, c.in, got, err)
			}
		}
	}
	for _, in := range []string{"data: " + strings.Repeat("x", maxEvent+1), strings.Repeat("data: "+strings.Repeat("x", 1000)+"\n", 1100)} {
		if _, err := readEvents(strings.NewReader(in)); !errors.Is(err, errEventTooLarge) {
			t.Error(err)
		}
	}
}

// An event comes out as soon as its empty line is there, also when that ends
// with a CR whose LF has not come yet.
func TestEventsDoNotWait(t *testing.T) {
	r, w := io.Pipe()
	e := newEvents(r)
	for _, s := range []string{"data: a\r\n\r", "\ndata: b\n\n"} {
		go w.Write([]byte(s))
		if ev, err := e.next(); err != nil || len(ev.data) != 1 {
			t.Fatal(ev, err)
		}
	}
	w.Close()
	if _, err := e.next(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// The events do not depend on how the bytes are cut, and nothing that is read
// is larger than the limit.
func FuzzEvents(f *testing.F) {
	for _, s := range []string{"data: a\n\n", "data: a\r\rdata: b\r\n\r\n", "\xef\xbb\xbfdata:x\n\n", "id:\x00\nevent:e\ndata\n\n", ":\n\n\n", "\r\n\rdata:1\n\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, err := readEvents(bytes.NewReader(b))
		cut, err2 := readEvents(iotest.OneByteReader(bytes.NewReader(b)))
		half, err3 := readEvents(iotest.HalfReader(bytes.NewReader(b)))
		if !reflect.DeepEqual(whole, cut) || !reflect.DeepEqual(whole, half) || !errors.Is(err2, err) || !errors.Is(err3, err) {
			t.Fatalf("%q %q %q, %v %v %v", whole, cut, half, err, err2, err3)
		}
		for _, ev := range whole {
			if len(ev.data) > len(b) || strings.ContainsAny(ev.name+ev.id, "\r\n") {
				t.Fatalf("%q", ev)
			}
		}
		// Written out and read again it is the same.
		var again bytes.Buffer
		for _, ev := range whole {
			again.WriteString("id: " + ev.id + "\nevent: " + ev.name + "\n")
			for line := range bytes.SplitSeq(ev.data, []byte("\n")) {
				again.WriteString("data: " + string(line) + "\n")
			}
			again.WriteString("\n")
		}
		back, _ := readEvents(&again)
		if len(back) != len(whole) {
			t.Fatalf("%d events became %d", len(whole), len(back))
		}
		for i := range back {
			if back[i].name != whole[i].name || back[i].id != whole[i].id || !bytes.Equal(back[i].data, whole[i].data) {
				t.Fatalf("%q became %q", whole[i], back[i])
			}
		}
	})
}
