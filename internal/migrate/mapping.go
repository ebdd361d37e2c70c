package migrate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/power100/tpe/internal/migrate/convert"
)

// Mapping is a file that says what to move and how.
type Mapping struct {
	Types  map[string]convert.Type `json:"types"`
	Using  map[string]string       `json:"using"`
	Tables []string                `json:"tables"`
}

// ParseMapping reads the JSON of a mapping file.
func ParseMapping(b []byte) (Mapping, error) {
	var m Mapping
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return m, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return m, errors.New("something follows the closing bracket")
	}
	for column, sql := range m.Using {
		if strings.TrimSpace(sql) == "" {
			return m, fmt.Errorf("using %s: the expression is empty", column)
		}
	}
	return m, nil
}
