package embedding

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/coach"
)

// serve is an OpenAI-compatible server whose vectors come from answer. A nil
// answer waits until the test ends.
func serve(t *testing.T, answer func(w http.ResponseWriter, texts []string)) *Service {
	t.Helper()
	done := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ask struct {
			Model string
			Input []string
		}
		if r.Method != http.MethodPost || r.URL.Path != "/v1/embeddings" || r.Header.Get("Authorization") != "Bearer key" {
			http.Error(w, "not found", http.StatusNotFound)
			return
		}
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil || ask.Model != "small" || len(ask.Input) == 0 {
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
		if answer == nil {
			select {
			case <-done:
			case <-r.Context().Done():
			}
			return
		}
		answer(w, ask.Input)
	}))
	t.Cleanup(func() { close(done); s.Close() })
	c, err := coach.New(coach.Options{BaseURL: s.URL + "/v1", Key: "key", EmbeddingModel: "small", Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	return New(c, Options{Timeout: 5 * time.Second})
}

// lengths answers with a vector of each text's length, the last text first.
func lengths(w http.ResponseWriter, texts []string) {
	var data []any
	for i, text := range slices.Backward(texts) {
		data = append(data, map[string]any{"object": "embedding", "index": i, "embedding": []float64{float64(len(text)), 1}})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "data": data, "model": "small"})
}

func TestServiceKeepsTheOrderOverBatches(t *testing.T) {
	calls := 0
	s := serve(t, func(w http.ResponseWriter, texts []string) { calls++; lengths(w, texts) })
	var texts []string
	for i := range 2*batch + 1 {
		texts = append(texts, strings.Repeat("x", i))
	}
	got, err := s.Embed(t.Context(), texts)
	if err != nil || len(got) != len(texts) || calls != 3 {
		t.Fatalf("%d vectors in %d calls, %v", len(got), calls, err)
	}
	for i, v := range got {
		if v[0] != float32(i) {
			t.Fatalf("vector %d is %v", i, v)
		}
	}
}

func TestAnswersThatCannotBeUsedAreErrors(t *testing.T) {
	raw := func(body string) func(http.ResponseWriter, []string) {
		return func(w http.ResponseWriter, _ []string) { _, _ = w.Write([]byte(body)) }
	}
	for name, answer := range map[string]func(http.ResponseWriter, []string){
		"status":   func(w http.ResponseWriter, _ []string) { http.Error(w, "no", http.StatusServiceUnavailable) },
		"no JSON":  raw("hello"),
		"missing":  raw(`{"data":[{"index":0,"embedding":[1,2]}]}`),
		"twice":    raw(`{"data":[{"index":0,"embedding":[1,2]},{"index":0,"embedding":[1,2]}]}`),
		"outside":  raw(`{"data":[{"index":0,"embedding":[1,2]},{"index":7,"embedding":[1,2]}]}`),
		"lengths":  raw(`{"data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":[1]}]}`),
		"empty":    raw(`{"data":[{"index":0,"embedding":[]},{"index":1,"embedding":[]}]}`),
		"NaN":      raw(`{"data":[{"index":0,"embedding":[NaN]},{"index":1,"embedding":[1]}]}`),
		"too much": raw(`{"data":[{"index":0,"embedding":[1e99]},{"index":1,"embedding":[1]}]}`),
	} {
		if got, err := serve(t, answer).Embed(t.Context(), []string{"a", "b"}); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestSilenceTimesOut(t *testing.T) {
	s := serve(t, nil)
	s.o.Timeout = 50 * time.Millisecond
	if _, err := s.Embed(t.Context(), []string{"a"}); err == nil || !strings.Contains(err.Error(), "no answer within") {
		t.Errorf("error %v", err)
	}
}

const tokenizer = `{"normalizer":{"type":"BertNormalizer","lowercase":true,"strip_accents":null},"pre_tokenizer":{"type":"BertPreTokenizer"},
"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","vocab":{"[UNK]":0,"late":1,"slow":2,"##ly":3,"cafe":4,",":5}}}`

// pack writes safetensors of tensors of 32 bits: a shape and its numbers.
func pack(tensors map[string][]float32, cols map[string]int, kind string) []byte {
	header := map[string]any{"__metadata__": map[string]string{"format": "pt"}}
	var body []byte
	for name, numbers := range tensors {
		shape := []int{len(numbers)}
		if k := cols[name]; k > 0 {
			shape = []int{len(numbers) / k, k}
		}
		from := len(body)
		for _, x := range numbers {
			bits := math.Float32bits(x)
			if kind == "I32" {
				bits = uint32(int32(x))
			}
			body = binary.LittleEndian.AppendUint32(body, bits)
		}
		header[name] = map[string]any{"dtype": kind, "shape": shape, "data_offsets": []int{from, len(body)}}
	}
	h, err := json.Marshal(header)
	if err != nil {
		panic(err)
	}
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(h))), h...), body...)
}

var table = []float32{9, 9, 1, 0, 0, 1, 0, 3, 5, 0, 0, 0}

func model() []byte {
	return pack(map[string][]float32{"embeddings": table}, map[string]int{"embeddings": 2}, "F32")
}

func TestStatic(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string][]byte{"tokenizer.json": []byte(tokenizer), "model.safetensors": model()} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.Embed(t.Context(), []string{"Late", "SLOWLY", "café,", "unknown words", "late slow"})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]float32{{1, 0}, {0, 1}, {1, 0}, {0, 0}, {float32(math.Sqrt(0.5)), float32(math.Sqrt(0.5))}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := m.Embed(ctx, []string{"late"}); err == nil {
		t.Error("a cancelled call answers")
	}
}

func TestStaticWithWeightsAndMapping(t *testing.T) {
	m, err := newStatic([]byte(tokenizer), pack(map[string][]float32{"embeddings": table, "weights": {1, 3, 4, 1, 1, 1}, "mapping": {0, 1, 2, 2, 1, 1}},
		map[string]int{"embeddings": 2}, "F32"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := m.Embed(t.Context(), []string{"late slow", "cafe"})
	if err != nil || fmt.Sprint(got) != "[[0.6 0.8] [1 0]]" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestModelsThatDoNotFitAreRefused(t *testing.T) {
	for want, files := range map[string][2]string{
		"only WordPiece":        {strings.Replace(tokenizer, `"WordPiece"`, `"Unigram"`, 1), string(model())},
		"normalizer":            {strings.Replace(tokenizer, "BertNormalizer", "NFC", 1), string(model())},
		"pre_tokenizer":         {strings.Replace(tokenizer, "BertPreTokenizer", "Metaspace", 1), string(model())},
		"cut off":               {tokenizer, "short"},
		"longer than the file":  {tokenizer, "\xff\xff\xff\xff\xff\xff\xff\x7f{}"},
		"no tensor embeddings":  {tokenizer, string(pack(map[string][]float32{"other": {1, 2}}, nil, "F32"))},
		"6 pieces, the model 3": {tokenizer, string(pack(map[string][]float32{"embeddings": table[:6]}, map[string]int{"embeddings": 2}, "F32"))},
		"leads outside":         {tokenizer, string(pack(map[string][]float32{"embeddings": table, "mapping": {0, 1, 2, 3, 4, 6}}, map[string]int{"embeddings": 2}, "F32"))},
		"not of the size":       {tokenizer, strings.Replace(string(model()), "[6,2]", "[6,3]", 1)},
		"outside of the file":   {tokenizer, strings.Replace(string(model()), "[0,48]", "[0,49]", 1)},
	} {
		if _, err := newStatic([]byte(files[0]), []byte(files[1])); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	nan := float32(math.NaN())
	m, err := newStatic([]byte(tokenizer), pack(map[string][]float32{"embeddings": {0, 0, nan, 1, 1, 1, 1, 1, 1, 1, 1, 1}}, map[string]int{"embeddings": 2}, "F32"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.Embed(t.Context(), []string{"late"}); err == nil {
		t.Errorf("NaN gives %v", got)
	}
}

func TestHalfNumbers(t *testing.T) {
	for bits, want := range map[uint16]float64{0x3c00: 1, 0xc000: -2, 0x3555: 0.333251953125, 0x0001: math.Ldexp(1, -24), 0x7c00: math.Inf(1), 0x8000: 0} {
		if got := half(bits); got != want {
			t.Errorf("%04x is %v, want %v", bits, got, want)
		}
	}
	if !math.IsNaN(half(0x7e00)) {
		t.Error("7e00 is a number")
	}
}

func FuzzStatic(f *testing.F) {
	f.Add([]byte(tokenizer), model(), "Slowly, the café")
	f.Add([]byte(`{"model":{"type":"WordPiece","vocab":{"a":-1}}}`), pack(nil, nil, "F32"), "\xff")
	f.Add([]byte(tokenizer), pack(map[string][]float32{"embeddings": table, "mapping": {0, 1, 2, 3, 4, 5}}, map[string]int{"embeddings": 2}, "I32"), "late")
	f.Fuzz(func(t *testing.T, tokenizer, model []byte, text string) {
		m, err := newStatic(tokenizer, model)
		if err != nil {
			return
		}
		if got, err := m.Embed(t.Context(), []string{text}); err == nil && (len(got) != 1 || len(got[0]) != m.vectors.cols) {
			t.Errorf("%q gives %v", text, got)
		}
	})
}
