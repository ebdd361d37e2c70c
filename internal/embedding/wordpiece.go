package embedding

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// wordPiece cuts texts as BERT does: words at spaces and marks, and words into
// the longest pieces that the vocabulary has.
type wordPiece struct {
	ids       map[string]int
	prefix    string // of a piece inside a word
	lower     bool
	accents   bool // are taken off
	longest   int  // word in characters that is cut
	vocabSize int
}

// readWordPiece reads a tokenizer.json of the kind that BERT models have.
func readWordPiece(data []byte) (*wordPiece, error) {
	var file struct {
		Normalizer *struct {
			Type      string `json:"type"`
			Lowercase bool   `json:"lowercase"`
			Accents   *bool  `json:"strip_accents"`
		} `json:"normalizer"`
		PreTokenizer *struct {
			Type string `json:"type"`
		} `json:"pre_tokenizer"`
		Model struct {
			Type    string          `json:"type"`
			Prefix  string          `json:"continuing_subword_prefix"`
			Longest int             `json:"max_input_chars_per_word"`
			Vocab   json.RawMessage `json:"vocab"` // of another type it has another form
		} `json:"model"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	switch {
	case file.Model.Type != "WordPiece":
		return nil, fmt.Errorf("its model is %q: only WordPiece is read", file.Model.Type)
	case file.Normalizer == nil || file.Normalizer.Type != "BertNormalizer":
		return nil, errors.New("its normalizer is not BertNormalizer")
	case file.PreTokenizer == nil || file.PreTokenizer.Type != "BertPreTokenizer":
		return nil, errors.New("its pre_tokenizer is not BertPreTokenizer")
	}
	w := &wordPiece{prefix: file.Model.Prefix, lower: file.Normalizer.Lowercase, accents: file.Normalizer.Lowercase, longest: file.Model.Longest}
	if err := json.Unmarshal(file.Model.Vocab, &w.ids); err != nil {
		return nil, fmt.Errorf("read its vocabulary: %w", err)
	}
	for piece, id := range w.ids {
		if id < 0 {
			return nil, fmt.Errorf("%q has the number %d", piece, id)
		}
		w.vocabSize = max(w.vocabSize, id+1)
	}
	if file.Normalizer.Accents != nil {
		w.accents = *file.Normalizer.Accents
	}
	if w.longest <= 0 {
		w.longest = 100
	}
	return w, nil
}

// cut appends the numbers of the pieces of a text. Words that the vocabulary
// cannot spell are left out.
func (w *wordPiece) cut(dst []int, text string) []int {
	for _, word := range w.words(text) {
		dst = w.pieces(dst, word)
	}
	return dst
}

// words normalizes a text and splits it.
func (w *wordPiece) words(text string) []string {
	if w.accents {
		text = norm.NFD.String(text)
	}
	if w.lower {
		text = strings.ToLower(text)
	}
	var out []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	for _, r := range text {
		switch {
		case r == 0 || r == unicode.ReplacementChar || unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' || unicode.Is(unicode.Cf, r):
		case w.accents && unicode.Is(unicode.Mn, r):
		case unicode.IsSpace(r):
			flush()
		case isMark(r) || unicode.Is(unicode.Han, r):
			flush()
			out = append(out, string(r))
		default:
			word.WriteRune(r)
		}
	}
	flush()
	return out
}

// isMark says whether BERT takes a character for punctuation.
func isMark(r rune) bool {
	return r >= 33 && r <= 47 || r >= 58 && r <= 64 || r >= 91 && r <= 96 || r >= 123 && r <= 126 || unicode.IsPunct(r)
}

func (w *wordPiece) pieces(dst []int, word string) []int {
	letters := []rune(word)
	if len(letters) > w.longest {
		return dst
	}
	start := len(dst)
	for from := 0; from < len(letters); {
		to, id, found := len(letters), 0, false
		for ; to > from; to-- {
			piece := string(letters[from:to])
			if from > 0 {
				piece = w.prefix + piece
			}
			if id, found = w.ids[piece]; found {
				break
			}
		}
		if !found {
			return dst[:start]
		}
		dst = append(dst, id)
		from = to
	}
	return dst
}
