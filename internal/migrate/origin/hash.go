package origin

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Hash returns the SHA-256, in hexadecimal, of the pages of the database in
// their order, as this connection sees them. It is what sha256sum prints of
// the file when the file holds that state: always without WAL, and with WAL
// once PRAGMA wal_checkpoint(TRUNCATE) has written everything into it.
func (c *Conn) Hash(ctx context.Context) (string, error) {
	h := sha256.New()
	rows, err := c.Query(ctx, "SELECT data FROM sqlite_dbpage('main') ORDER BY pgno")
	if err != nil {
		return "", fmt.Errorf("hash the database: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		h.Write(rows.Value(0).Bytes)
	}
	if rows.Err() != nil {
		return "", fmt.Errorf("hash the database: %w", rows.Err())
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
