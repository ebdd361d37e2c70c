package compact

import (
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/power100/tpe/internal/tape"
)

// ExportLines writes records to w as NDJSON: one a line, without spaces. The
// first error in records ends it and is returned.
func ExportLines(w io.Writer, records iter.Seq2[*tape.Tape, error]) error {
	var line []byte
	for t, err := range records {
		if err != nil {
			return err
		}
		line = append(t.AppendCompact(line[:0], 0), '\n')
		if _, err := w.Write(line); err != nil {
			return fmt.Errorf("write records: %w", err)
		}
	}
	return nil
}

// csvColumns are the fields that stand in columns of their own. The last
// column holds the whole record as JSON.
var csvColumns = []string{idName, timeName, typeName, "user_id", "user_type", "session_id", "conversation_id", "partner_id"}

// ExportCSV writes records to w as CSV, with a header: the envelope in columns
// of its own, and the whole record as JSON. The first error in records ends it
// and is returned.
func ExportCSV(w io.Writer, records iter.Seq2[*tape.Tape, error]) error {
	cw := csv.NewWriter(w)
	row := append(slices.Clone(csvColumns), "record")
	if err := cw.Write(row); err != nil {
		return fmt.Errorf("write records: %w", err)
	}
	for t, err := range records {
		if err != nil {
			return err
		}
		for i, name := range csvColumns {
			row[i] = ""
			if n, ok := t.Find(name); ok && t.Kind(n) != tape.KindNull {
				row[i] = t.Text(n)
			}
		}
		row[len(csvColumns)] = string(t.AppendCompact(nil, 0))
		if err := cw.Write(row); err != nil {
			return fmt.Errorf("write records: %w", err)
		}
	}
	cw.Flush()
	return cw.Error()
}
