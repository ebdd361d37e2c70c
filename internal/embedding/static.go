package embedding

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
)

// The most bytes that the files of a model may have.
const (
	maxTokenizer = 64 << 20
	maxModel     = 1 << 30
)

// Static is a model with one vector for each piece of a word, as Model2Vec
// writes it. The vector of a text is the mean of those of its pieces. It is
// safe for concurrent use.
type Static struct {
	tokens  *wordPiece
	vectors tensor
	weights *tensor // of the pieces
	rows    *tensor // of the pieces in vectors
	hash    string
}

// Hash tells the model from others: the SHA-256 of its files.
func (s *Static) Hash() string { return s.hash }

// Open reads the model in a folder: tokenizer.json and model.safetensors. It
// keeps no file open.
func Open(folder string) (*Static, error) {
	tokenizer, err := readAtMost(filepath.Join(folder, "tokenizer.json"), maxTokenizer)
	if err != nil {
		return nil, err
	}
	model, err := readAtMost(filepath.Join(folder, "model.safetensors"), maxModel)
	if err != nil {
		return nil, err
	}
	return newStatic(tokenizer, model)
}

func readAtMost(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("read %s: it is larger than %d MB", path, most>>20)
	}
	return data, nil
}

func newStatic(tokenizer, model []byte) (*Static, error) {
	tokens, err := readWordPiece(tokenizer)
	if err != nil {
		return nil, fmt.Errorf("read tokenizer.json: %w", err)
	}
	all, err := readTensors(model)
	if err != nil {
		return nil, fmt.Errorf("read model.safetensors: %w", err)
	}
	sum := sha256.New()
	sum.Write(tokenizer)
	sum.Write(model)
	s := &Static{tokens: tokens, hash: hex.EncodeToString(sum.Sum(nil))}
	var ok bool
	if s.vectors, ok = all["embeddings"]; !ok {
		return nil, errors.New("read model.safetensors: it has no tensor embeddings of numbers")
	}
	pieces := s.vectors.rows
	if t, ok := all["mapping"]; ok {
		s.rows, pieces = &t, t.rows
		for i := range t.rows {
			if row := t.at(i); row < 0 || row >= float64(s.vectors.rows) {
				return nil, errors.New("read model.safetensors: its mapping leads outside of the embeddings")
			}
		}
	}
	if t, ok := all["weights"]; ok {
		s.weights, pieces = &t, min(pieces, t.rows)
	}
	if tokens.vocabSize > pieces {
		return nil, fmt.Errorf("the tokenizer has %d pieces, the model %d", tokens.vocabSize, pieces)
	}
	return s, nil
}

// Embed returns a vector for each text. One without a known word has only
// zeros.
func (s *Static) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	sum := make([]float64, s.vectors.cols)
	var ids []int
	for i, text := range texts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		ids = s.tokens.cut(ids[:0], text)
		s.mean(sum, ids)
		out[i] = make([]float32, len(sum))
		for k, x := range sum {
			out[i][k] = float32(x)
		}
	}
	return out, check(out, len(texts))
}

// mean fills sum with the mean of the vectors of pieces, brought to length 1.
func (s *Static) mean(sum []float64, ids []int) {
	clear(sum)
	for _, id := range ids {
		row, weight := id, 1.0
		if s.rows != nil {
			row = int(s.rows.at(id))
		}
		if s.weights != nil {
			weight = s.weights.at(id)
		}
		for k := range sum {
			sum[k] += float64(weight * s.vectors.at(row*len(sum)+k))
		}
	}
	length := 0.0
	for _, x := range sum {
		length += float64(x * x)
	}
	if length = math.Sqrt(length); length > 0 {
		for k := range sum {
			sum[k] /= length
		}
	}
}
