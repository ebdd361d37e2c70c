package consistency

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Embedder gives each text a vector. The nearer two texts are in meaning, the
// higher is the cosine of their vectors.
type Embedder interface {
	// Embed returns a vector for each text, in their order, all of one length.
	Embed(ctx context.Context, texts []string) ([][]float32, error)
}

// MaxEmbedded is how many sentences of one partner are embedded, beside the
// claims: the first ones of each voice in turn.
const MaxEmbedded = 2000

// The settings of what meaning adds to the nearness of a sentence to a claim:
// how much for each standard deviation of their cosine from the mean, and the
// range in which deviations count.
const (
	meaningNear  = 0.1
	meaningFrom  = 1.0
	meaningUntil = 3.5
)

// meanings are the vectors of the claims and of what others say.
type meanings struct {
	claims       [][]float32
	sentences    map[string][]float32
	mean, spread float64 // of the cosines of claims and sentences
	head         *Head   // nil without one
	classes      []int   // of the catalogue, for each of the head
	shares       []float64
}

// understand embeds the claims and the sentences. Without vectors that can be
// used it returns nil; the note says what was done.
func understand(ctx context.Context, em Embedder, r *reader, voices []voice, claims []claim, mask func(string) string) (*meanings, string) {
	m, err := embedAll(ctx, em, r, voices, claims, mask)
	if err != nil {
		return nil, fmt.Sprintf("The embedding model did not answer (%v); the rules decided without it.", err)
	}
	return m, fmt.Sprintf("An embedding model was asked about %d claims and %d sentences.", len(claims), len(m.sentences))
}

// embedAll asks for the vectors of the claims and the sentences. The error says
// that there are none that can be used.
func embedAll(ctx context.Context, em Embedder, r *reader, voices []voice, claims []claim, mask func(string) string) (*meanings, error) {
	m := &meanings{sentences: map[string][]float32{}}
	texts := make([]string, len(claims))
	for i := range claims {
		texts[i] = mask(claims[i].text)
	}
	var keys []string
	for v := range voices {
		if voices[v].group == CEO {
			continue
		}
		for _, d := range voices[v].docs {
			r.read(d, func(s *sentence) {
				text := d.Text[s.start:s.end]
				if _, met := m.sentences[text]; met || s.question || s.role == roleProspect || len(keys) >= MaxEmbedded {
					return
				}
				m.sentences[text] = nil
				keys = append(keys, text)
				texts = append(texts, mask(text))
			})
		}
	}
	if len(keys) == 0 || len(claims) == 0 {
		return m, nil
	}
	vectors, err := em.Embed(ctx, texts)
	if err != nil {
		return nil, err
	}
	if err := normalize(vectors, len(texts)); err != nil {
		return nil, err
	}
	m.claims = vectors[:len(claims)]
	var sum, squares float64
	for k, text := range keys {
		v := vectors[len(claims)+k]
		m.sentences[text] = v
		for _, c := range m.claims {
			x := dot(c, v)
			sum += x
			squares += float64(x * x)
		}
	}
	n := float64(len(keys) * len(m.claims))
	m.mean = sum / n
	m.spread = math.Sqrt(max(0, squares/n-float64(m.mean*m.mean)))
	return m, nil
}

var (
	errVectors = errors.New("its vectors are not numbers")
	errAlike   = errors.New("it gives all texts one vector")
)

// fewTexts is up to how many texts may well be of one meaning.
const fewTexts = 2

// normalize brings n vectors to the length 1. One without a length stays.
func normalize(vectors [][]float32, n int) error {
	if len(vectors) != n {
		return fmt.Errorf("it gave %d vectors for %d texts", len(vectors), n)
	}
	for _, v := range vectors {
		if len(v) == 0 || len(v) != len(vectors[0]) {
			return errors.New("its vectors are not of one length")
		}
		length := math.Sqrt(dot(v, v))
		if math.IsNaN(length) || math.IsInf(length, 0) {
			return errVectors
		}
		for i := range v {
			if length > 0 {
				v[i] = float32(float64(v[i]) / length)
			}
		}
	}
	if n > fewTexts && !slices.ContainsFunc(vectors, func(v []float32) bool { return !slices.Equal(v, vectors[0]) }) {
		return errAlike
	}
	return nil
}

func dot(a, b []float32) float64 {
	sum := 0.0
	for i, x := range a {
		sum += float64(float64(x) * float64(b[i]))
	}
	return sum
}

// of is the vector of a sentence, nil when it has none.
func (m *meanings) of(text string) []float32 {
	if m == nil {
		return nil
	}
	return m.sentences[text]
}

// near is what the meaning of a sentence adds to its nearness to a claim.
func (m *meanings) near(claim int, vector []float32) float64 {
	if vector == nil || m.spread == 0 {
		return 0
	}
	z := (dot(m.claims[claim], vector) - m.mean) / m.spread
	return float64(meaningNear * (max(meaningFrom, min(meaningUntil, z)) - meaningFrom))
}
