package coach

import (
	"bytes"
	_ "embed" // for the default prices
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"time"
)

//go:embed prices.json
var defaultPrices []byte

// Price is what a model costs, in US dollars for a million tokens.
type Price struct {
	Input float64 `json:"input"`
	// CachedInput is the price of the part of the prompt that the server had
	// read before; nil when it costs as much as the rest.
	CachedInput *float64 `json:"cached_input,omitempty"`
	Output      float64  `json:"output,omitempty"`
}

// Prices is a table of prices and where it comes from.
type Prices struct {
	Source string           `json:"source"`
	AsOf   string           `json:"as_of"` // YYYY-MM-DD
	Models map[string]Price `json:"models"`
}

// DefaultPrices returns the table that comes with the program.
func DefaultPrices() Prices {
	p, err := ParsePrices(defaultPrices)
	if err != nil {
		panic(err) // the table is part of the program; a test reads it
	}
	return p
}

// ParsePrices reads a table in the form of prices.json. It must name its
// source and its date, so that a cost can be explained later.
func ParsePrices(data []byte) (Prices, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var p Prices
	if err := d.Decode(&p); err != nil {
		return Prices{}, fmt.Errorf("read prices: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Prices{}, errors.New("read prices: something follows the table")
	}
	if p.Source == "" {
		return Prices{}, errors.New("read prices: source is missing: it says where the prices come from")
	}
	if _, err := time.Parse(time.DateOnly, p.AsOf); err != nil {
		return Prices{}, fmt.Errorf("read prices: as_of %q is not a day such as 2026-03-01", p.AsOf)
	}
	for name, m := range p.Models {
		cached := 0.0
		if m.CachedInput != nil {
			cached = *m.CachedInput
		}
		for _, v := range []float64{m.Input, m.Output, cached} {
			if v < 0 || v > 1e6 {
				return Prices{}, fmt.Errorf("read prices: model %q: a price of %v dollars for a million tokens", name, v)
			}
		}
	}
	return p, nil
}

// dated matches the date at the end of the name of a model's version.
var dated = regexp.MustCompile(`-\d{4}-\d{2}-\d{2}$`)

// Cost returns what an answer cost in US dollars, nil when the model is not
// in the table or the server did not report the tokens. A dated version of a
// model (gpt-4o-mini-2024-07-18) costs what the model costs, unless it has
// its own line.
func (p Prices) Cost(model string, u *Usage) *float64 {
	price, ok := p.Models[model]
	if !ok {
		price, ok = p.Models[dated.ReplaceAllString(model, "")]
	}
	if !ok || u == nil {
		return nil
	}
	cached := min(u.CachedTokens, u.PromptTokens)
	cachedPrice := price.Input
	if price.CachedInput != nil {
		cachedPrice = *price.CachedInput
	}
	cost := (float64(u.PromptTokens-cached)*price.Input + float64(cached)*cachedPrice + float64(u.CompletionTokens)*price.Output) / 1e6
	cost = math.Round(cost*1e10) / 1e10 // no tails of binary fractions
	return &cost
}
