package columns

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// Records enough for several pages and row groups, with columns whose
// dictionaries pay, do not pay, and overflow.
func TestManyPagesAndRowGroups(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 150,000 records")
	}
	records := make([]string, 150_000)
	for i := range records {
		if i%50_000 == 49_999 { // alone in its pages
			records[i] = fmt.Sprintf(`{"outcomes":{"match_reasons":["%d","b"]},"partner_id":"p"}`, i)
		} else {
			records[i] = fmt.Sprintf(`{"interaction_id":"id %d","user_type":"%d","user_id":"%x","session_id":"%050d","api_call":{"response_time_ms":%d.5}}`,
				i, i%3, sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(i >> 16)}), i/4, i)
		}
	}
	data, want := encode(t, records...)
	f, err := view(data)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.Proof(context.Background()); err != nil || got != want {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	if n := len(f.pq.RowGroups()); n != 2 {
		t.Errorf("%d row groups", n)
	}
	i := 0
	for r, err := range f.Records(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if i%10_000 > 9_990 && tapeHash(t, string(r)) != tapeHash(t, records[i]) {
			t.Fatalf("%s came back as %s", records[i], r)
		}
		i++
	}
	encodings := map[string][]string{}
	for _, c := range f.pq.Metadata().RowGroups[0].Columns {
		for _, s := range c.MetaData.EncodingStats {
			name := strings.Join(c.MetaData.PathInSchema, ".")
			encodings[name] = append(encodings[name], fmt.Sprint(s.PageType, " ", s.Encoding))
		}
	}
	for name, want := range map[string][]string{
		"user_type":       {"DICTIONARY_PAGE PLAIN", "DATA_PAGE RLE_DICTIONARY"},
		"interaction_id":  {"DATA_PAGE DELTA_BYTE_ARRAY"},
		"user_id":         {"DATA_PAGE DELTA_LENGTH_BYTE_ARRAY"},
		"session_id":      {"DICTIONARY_PAGE PLAIN", "DATA_PAGE RLE_DICTIONARY", "DATA_PAGE DELTA_BYTE_ARRAY"},
		"metadata.hidden": nil,
	} {
		if got := encodings[name]; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func tapeHash(t testing.TB, s string) uint64 {
	t.Helper()
	var tp tape.Tape
	if err := tp.Parse([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return tp.ContentHash()
}

// What readers use to pass over pages must be right, and must not show
// personal data.
func TestIndexes(t *testing.T) {
	var records []string
	for i := range 70_000 {
		records = append(records, fmt.Sprintf(`{"interaction_id":"%08d","timestamp":"2026-11-23T0%d:00:00.000Z","interaction_type":"t%d","user_id":"secret","outcomes":{"deal_value":%d.5,"deal_closed":true},"api_call":{"route":"%s"}}`,
			i, i/10_000, i/35_000, i-100, strings.Repeat("r", 1+i/1000)))
	}
	data, _ := encode(t, records...)
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]int{}
	for i, c := range f.Metadata().RowGroups[0].Columns {
		names[strings.Join(c.MetaData.PathInSchema, ".")] = i
	}
	chunk := func(name string) *parquet.FileColumnChunk {
		return f.RowGroups()[0].ColumnChunks()[names[name]].(*parquet.FileColumnChunk)
	}
	for name, want := range map[string]string{
		"interaction_id":       "00000000 00069999",
		"interaction_type":     "t0 t1",
		"timestamp":            "1795392000000 1795413600000",
		"outcomes.deal_value":  "-100.5 69899.5",
		"outcomes.deal_closed": "true true",
	} {
		least, greatest, ok := chunk(name).Bounds()
		if got := fmt.Sprint(least, " ", greatest); !ok || got != want {
			t.Errorf("%s: %s, %v, want %s", name, got, ok, want)
		}
	}
	index, err := chunk("timestamp").ColumnIndex()
	if err != nil || !index.IsAscending() || index.NumPages() < 3 {
		t.Error(index, err)
	}
	for i := 1; i < index.NumPages(); i++ {
		if index.MinValue(i).Int64() < index.MinValue(i-1).Int64() {
			t.Error("pages out of order")
		}
	}
	for _, name := range []string{"user_id", "metadata.ip_address", "feedback.comment", "api_call.path", "metadata.location.city", "extra"} {
		if _, _, ok := chunk(name).Bounds(); ok {
			t.Error("bounds of", name)
		}
		if _, err := chunk(name).ColumnIndex(); !errors.Is(err, parquet.ErrMissingColumnIndex) {
			t.Error("column index of", name, err)
		}
	}
	if _, _, ok := chunk("api_call.route").Bounds(); ok {
		t.Error("bounds of texts that are too long")
	}
	if bytes.Count(data, []byte("secret")) > 1 { // once in the dictionary, which is too small to be compressed
		t.Error("a user id is in the indexes")
	}
	filter := chunk("interaction_id").BloomFilter()
	wrong := 0
	for i := range 10_000 {
		if ok, err := filter.Check(parquet.ByteArrayValue(fmt.Appendf(nil, "%08d", i*7))); !ok || err != nil {
			t.Fatal(i, ok, err)
		}
		if ok, _ := filter.Check(parquet.ByteArrayValue(fmt.Appendf(nil, "x%08d", i))); ok {
			wrong++
		}
	}
	if wrong > 300 {
		t.Errorf("the bloom filter is wrong in %d of 10,000", wrong)
	}
	for name, i := range names {
		if c := f.Metadata().RowGroups[0].Columns[i]; c.OffsetIndexOffset == 0 {
			t.Error("no offset index:", name)
		}
	}
}

// The same records give the same bytes, also from a Writer that wrote others
// before.
func TestSameBytes(t *testing.T) {
	records, _ := calls(3000)
	w, err := NewWriter(Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	var files [3][]byte
	var tp tape.Tape
	for i := range files {
		var out bytes.Buffer
		if err := w.Reset(&out); err != nil {
			t.Fatal(err)
		}
		for _, r := range records[:3000-1500*(i%2)] {
			if err := tp.Parse([]byte(r)); err != nil {
				t.Fatal(err)
			}
			if err := w.Append(&tp); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if size := w.Size(); size != int64(out.Len()) {
			t.Errorf("size %d of %d", size, out.Len())
		}
		files[i] = out.Bytes()
	}
	if !bytes.Equal(files[0], files[2]) {
		t.Error("the files differ")
	}
}

// brokenDisk takes some bytes and then no more.
type brokenDisk struct{ left int }

func (d *brokenDisk) Write(b []byte) (int, error) {
	if len(b) > d.left {
		return 0, os.ErrClosed
	}
	d.left -= len(b)
	return len(b), nil
}

func TestWriteErrors(t *testing.T) {
	records, _ := calls(100)
	data, _ := encode(t, records...)
	w, err := NewWriter(Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for left := 0; left < len(data); left += 97 {
		err := w.Reset(&brokenDisk{left})
		for _, r := range records {
			var tp tape.Tape
			if err == nil {
				err = tp.Parse([]byte(r))
			}
			if err == nil {
				err = w.Append(&tp)
			}
		}
		if err == nil {
			err = w.Close()
		}
		if !errors.Is(err, os.ErrClosed) {
			t.Fatalf("after %d bytes: %v", left, err)
		}
	}
}

// Damage is found, by an error or by the proof, and never panics.
func TestDamage(t *testing.T) {
	records, _ := calls(300)
	data, want := encode(t, records...)
	r := rand.New(rand.NewPCG(3, 3))
	silent := 0
	for i := range 1500 {
		bad := bytes.Clone(data)
		switch i % 3 {
		case 0:
			bad[r.IntN(len(bad))] ^= 1 << r.IntN(8)
		case 1:
			bad = bad[:r.IntN(len(bad))]
		default:
			at := len(bad) - 1 - r.IntN(9000) // the footer and the indexes
			bad[at] ^= byte(1 + r.IntN(255))
		}
		if readAll(t, bad, want) {
			silent++
		}
	}
	// A flip in what is not read (names, statistics, indexes) may go unseen.
	if silent > 700 {
		t.Errorf("%d of 1500 damages were not seen", silent)
	}
}

// readAll reads a file in every way and reports whether it is as it should
// be. Records that are wrong must not come with a proof that is right.
func readAll(t testing.TB, data []byte, want Proof) bool {
	f, err := view(data)
	if err != nil {
		if tpe.CodeOf(err) != tpe.Invalid {
			t.Error(err)
		}
		return false
	}
	got, err := f.Proof(context.Background())
	proven := err == nil && got == want
	var again Proof
	var tp tape.Tape
	for r, err := range f.Records(context.Background()) {
		if err != nil || tp.Parse(r) != nil {
			if proven {
				t.Error("proven, but not readable:", err)
			}
			return false
		}
		again.Add(tp.ContentHash())
	}
	if proven && again != want {
		t.Error("proven, but the records are others")
	}
	return proven
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	data, _ := encode(t, `{"user_id":"a"}`, `{}`)
	f, err := Open(store(t, data))
	if err != nil || f.Rows() != 2 {
		t.Fatal(f, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := Open(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte("PAR1 no parquet PAR1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(text); tpe.CodeOf(err) != tpe.Invalid {
		t.Error(err)
	}
	foreign := filepath.Join(dir, "foreign")
	if err := parquet.WriteFile(foreign, []struct{ A string }{{"x"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(foreign); tpe.CodeOf(err) != tpe.Invalid || tpe.HintOf(err) == "" {
		t.Error(err)
	}
}

// A footer that names LZ4 for pages that are not is refused at once.
func TestOpenRefusesLZ4(t *testing.T) {
	data, _ := encode(t, `{"user_id":"a"}`)
	f, err := view(data)
	if err != nil {
		t.Fatal(err)
	}
	meta := f.pq.Metadata()
	meta.RowGroups[0].Columns[3].MetaData.Codec = format.Lz4Raw
	foot, err := thrift.Marshal(new(thrift.CompactProtocol), meta)
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, foot...)
	data = append(binary.LittleEndian.AppendUint32(data, uint32(len(foot))), magic...)
	if _, err := view(data); tpe.CodeOf(err) != tpe.Invalid || !strings.Contains(err.Error(), "LZ4") {
		t.Error(err)
	}
}

func TestMayHold(t *testing.T) {
	var records []string
	for i := range 2000 {
		records = append(records, fmt.Sprintf(`{"interaction_id":"%08d"}`, i))
	}
	for _, c := range []struct {
		more string
		id   string
		may  bool
	}{{`{"interaction_id":"x"}`, "00000007", true}, {`{"interaction_id":"x"}`, "not there", false}, {`{"interaction_id":7}`, "7", true}} {
		data, _ := encode(t, append(slices.Clone(records), c.more)...)
		f, err := view(data)
		if err != nil {
			t.Fatal(err)
		}
		if may, err := f.MayHold(c.id); err != nil || may != c.may {
			t.Errorf("%s: %v, %v", c.id, may, err)
		}
	}
}

func TestStopReading(t *testing.T) {
	records, _ := calls(100)
	data, _ := encode(t, records...)
	f, err := view(data)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range f.Records(context.Background()) {
		if n++; n == 3 {
			break
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Proof(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, err := range f.Records(ctx) {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// The sum tells when a value moved from one record to another.
func TestProofSeesMoves(t *testing.T) {
	proof := func(records ...string) (p Proof) {
		for _, r := range records {
			p.Add(tapeHash(t, r))
		}
		return p
	}
	a := proof(`{"a":1,"b":2}`, `{"a":3,"b":4}`)
	if a == proof(`{"a":1,"b":4}`, `{"a":3,"b":2}`) {
		t.Error("two values were swapped")
	}
	b := proof(`{"b":4,"a":3}`)
	b.Join(proof(`{"a":1,"b":2}`))
	if a != b {
		t.Error("the order counts")
	}
}
