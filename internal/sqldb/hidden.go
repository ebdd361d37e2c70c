package sqldb

// Hidden is a column that nobody is shown. Its JSON is null.
type Hidden struct{}

// Scan forgets the value.
func (*Hidden) Scan(any) error { return nil }

// MarshalJSON writes null.
func (Hidden) MarshalJSON() ([]byte, error) { return []byte("null"), nil }
