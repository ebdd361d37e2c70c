package embedding

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// tensor is a table of numbers as a file of safetensors holds it.
type tensor struct {
	kind       string // F32, F16, F64, I8, I32, I64
	rows, cols int    // cols is 1 for a list
	data       []byte
}

// maxHeader bounds the description of the tensors in bytes, as the format does.
const maxHeader = 100 << 20

// readTensors reads a file of safetensors: eight bytes of length, a JSON
// header that says where each tensor lies, and the numbers.
func readTensors(file []byte) (map[string]tensor, error) {
	if len(file) < 8 {
		return nil, errors.New("the file is cut off")
	}
	n := binary.LittleEndian.Uint64(file)
	if n > maxHeader || n > uint64(len(file)-8) {
		return nil, errors.New("its header is longer than the file")
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(file[8:8+n], &header); err != nil {
		return nil, fmt.Errorf("read its header: %w", err)
	}
	body := file[8+n:]
	out := map[string]tensor{}
	for name, raw := range header {
		if name == "__metadata__" {
			continue
		}
		var h struct {
			Kind    string   `json:"dtype"`
			Shape   []int    `json:"shape"`
			Offsets []uint64 `json:"data_offsets"`
		}
		if err := json.Unmarshal(raw, &h); err != nil {
			return nil, fmt.Errorf("read tensor %q: %w", name, err)
		}
		if len(h.Offsets) != 2 || h.Offsets[0] > h.Offsets[1] || h.Offsets[1] > uint64(len(body)) {
			return nil, fmt.Errorf("tensor %q lies outside of the file", name)
		}
		t := tensor{kind: h.Kind, cols: 1, data: body[h.Offsets[0]:h.Offsets[1]]}
		size := widths[h.Kind]
		switch len(h.Shape) {
		case 1:
			t.rows = h.Shape[0]
		case 2:
			t.rows, t.cols = h.Shape[0], h.Shape[1]
		default:
			continue
		}
		if size == 0 {
			continue
		}
		count := len(t.data) / size
		if t.rows < 1 || t.cols < 1 || t.cols > count || count/t.cols != t.rows || t.rows*t.cols*size != len(t.data) {
			return nil, fmt.Errorf("tensor %q is not of the size that its shape says", name)
		}
		out[name] = t
	}
	return out, nil
}

// widths are the bytes of one number.
var widths = map[string]int{"F64": 8, "F32": 4, "F16": 2, "I8": 1, "I32": 4, "I64": 8}

// at is number i.
func (t tensor) at(i int) float64 {
	switch t.kind {
	case "F64":
		return math.Float64frombits(binary.LittleEndian.Uint64(t.data[8*i:]))
	case "F32":
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(t.data[4*i:])))
	case "F16":
		return half(binary.LittleEndian.Uint16(t.data[2*i:]))
	case "I32":
		return float64(int32(binary.LittleEndian.Uint32(t.data[4*i:])))
	case "I64":
		return float64(int64(binary.LittleEndian.Uint64(t.data[8*i:])))
	}
	return float64(int8(t.data[i]))
}

// half is a number of 16 bits (IEEE 754 binary16).
func half(b uint16) float64 {
	exponent, fraction := int(b>>10&31), float64(b&1023)
	x := math.Ldexp(1+fraction/1024, exponent-15)
	switch exponent {
	case 0:
		x = math.Ldexp(fraction, -24)
	case 31:
		x = math.Inf(1)
		if fraction != 0 {
			x = math.NaN()
		}
	}
	if b&0x8000 != 0 {
		return -x
	}
	return x
}
