package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/power100/tpe/internal/migrate"
	"github.com/power100/tpe/internal/tpe"
)

// writeCertificate writes the certificate as JSON, and as a page beside it.
func writeCertificate(env Env, o migrateOptions, cert *migrate.Certificate) error {
	if o.certificate != "" {
		path := at(env, o.certificate)
		b, err := json.MarshalIndent(cert, "", "  ")
		if err != nil {
			return fmt.Errorf("write the certificate: %w", err)
		}
		if err := writeWhole(path, append(b, '\n'), 0o600); err != nil {
			return &tpe.Error{Code: tpe.Unavailable, Message: "write the certificate", Err: err, Hint: again}
		}
		page := strings.TrimSuffix(path, filepath.Ext(path)) + ".html"
		if page == path {
			page += ".html"
		}
		if err := writePage(page, cert.Page); err != nil {
			return err
		}
	}
	if o.html == "" {
		return nil
	}
	return writePage(at(env, o.html), cert.Page)
}

// again is the hint where a file could not be written after the work.
const again = "the comparison itself is done; the same command with --verify writes its files again"

// writePage writes an HTML page to a file; "" writes none.
func writePage(path string, page func(io.Writer) error) error {
	if path == "" {
		return nil
	}
	var b bytes.Buffer
	if err := page(&b); err != nil {
		return err
	}
	if err := writeWhole(path, b.Bytes(), 0o600); err != nil {
		return &tpe.Error{Code: tpe.Unavailable, Message: "write the page", Err: err, Hint: again}
	}
	return nil
}

// writable says early what would fail after hours: a folder that is not there.
func writable(env Env, flag, path string) error {
	if path == "" {
		return nil
	}
	if info, err := os.Stat(filepath.Dir(at(env, path))); err != nil || !info.IsDir() {
		return &tpe.Error{Code: tpe.Misuse, Message: flag + " " + path + ": its folder is not there"}
	}
	return nil
}
