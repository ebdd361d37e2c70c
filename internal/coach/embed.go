package coach

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"time"
)

// Embed returns one vector for each text, in their order, and what it took.
// The usage is nil when the server did not report it.
func (c *Client) Embed(ctx context.Context, texts []string) ([][]float32, *Usage, error) {
	vectors, usage, fault := c.embed(ctx, texts)
	if fault != nil {
		return nil, nil, fault.forUser()
	}
	return vectors, usage, nil
}

func (c *Client) embed(ctx context.Context, texts []string) ([][]float32, *Usage, *Fault) {
	if len(texts) == 0 {
		return nil, nil, nil
	}
	b, err := json.Marshal(struct {
		Model  string   `json:"model"`
		Input  []string `json:"input"`
		Format string   `json:"encoding_format"`
	}{c.o.EmbeddingModel, texts, "float"})
	if err != nil {
		return nil, nil, &Fault{Reason: BadRequest, Err: err}
	}
	var out struct {
		Data []struct {
			Index  int       `json:"index"`
			Vector []float32 `json:"embedding"`
		} `json:"data"`
		Usage *Usage `json:"usage"`
	}
	if fault := c.json(ctx, "embeddings", &out, func() (io.Reader, string, error) { return bytes.NewReader(b), "application/json", nil }); fault != nil {
		return nil, nil, fault
	}
	vectors := make([][]float32, len(texts))
	for _, d := range out.Data {
		if d.Index < 0 || d.Index >= len(texts) || len(d.Vector) == 0 || vectors[d.Index] != nil {
			return nil, nil, &Fault{Reason: Garbage, Detail: "a vector for a text that was not sent, or twice"}
		}
		vectors[d.Index] = d.Vector
	}
	if len(out.Data) != len(texts) {
		return nil, nil, &Fault{Reason: Garbage, Detail: "a vector is missing"}
	}
	return vectors, out.Usage, nil
}

// json makes a call whose answer is one JSON document.
func (c *Client) json(ctx context.Context, path string, out any, build body) *Fault {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	limit := time.AfterFunc(c.o.Total, func() { stop(errTotal) })
	defer limit.Stop()
	resp, _, fault := c.call(ctx, path, "application/json", build)
	if fault != nil {
		return fault
	}
	defer func() { _ = resp.Body.Close() }() // only read from
	b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return lost(ctx, err, true)
	}
	if err := json.Unmarshal(b, out); err != nil {
		return &Fault{Reason: Garbage, Status: resp.StatusCode, Detail: c.shorten(string(b)), Err: err}
	}
	return nil
}
