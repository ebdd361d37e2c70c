package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// errNotAllowed is what every parser here returns. The line that the user
// reads is made from the variable's tag.
var errNotAllowed = errors.New("not allowed")

// Secret is a value that no print, log or JSON shows.
type Secret string

const hidden = "[redacted]"

// Reveal returns the value itself.
func (s Secret) Reveal() string { return string(s) }

// String hides the value; an empty one stays empty.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return strconv.Quote(s.String()) }

// LogValue hides the value from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the value from encoding/json and its kind.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Durability says when a tracked call counts as written.
type Durability string

// The durabilities: handed to the operating system, or synced to the disk.
const (
	DurabilitySystem Durability = "system"
	DurabilityDisk   Durability = "disk"
)

// UnmarshalText accepts the constants above.
func (d *Durability) UnmarshalText(b []byte) error {
	return choose(d, b, DurabilitySystem, DurabilityDisk)
}

// Compression is how sealed segments are stored.
type Compression string

// The compressions of sealed segments.
const (
	CompressionZstd Compression = "zstd"
	CompressionNone Compression = "none"
)

// UnmarshalText accepts the constants above.
func (c *Compression) UnmarshalText(b []byte) error {
	return choose(c, b, CompressionZstd, CompressionNone)
}

func choose[T ~string](into *T, b []byte, allowed ...T) error {
	for _, a := range allowed {
		if string(b) == string(a) {
			*into = a
			return nil
		}
	}
	return errNotAllowed
}

// Networks is a list of address ranges.
type Networks []netip.Prefix

// UnmarshalText reads addresses and networks with commas between them.
func (n *Networks) UnmarshalText(b []byte) error {
	*n = nil
	for part := range strings.SplitSeq(string(b), ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		prefix, err := netip.ParsePrefix(part)
		if err != nil {
			addr, err := netip.ParseAddr(part)
			if err != nil || addr.Zone() != "" {
				return errNotAllowed
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		if prefix.Addr().Is4In6() {
			return errNotAllowed // it would match nothing: peers are compared as IPv4
		}
		*n = append(*n, prefix.Masked())
	}
	return nil
}

// Database says where the application's tables are.
type Database struct {
	// SQLite is the path of the database file; empty for PostgreSQL.
	SQLite string
	// Postgres is the whole connection URL; empty for SQLite.
	Postgres Secret
}

// UnmarshalText reads sqlite:FILE, sqlite://FILE or a postgres:// URL.
func (d *Database) UnmarshalText(b []byte) error {
	*d = Database{}
	s := string(b)
	scheme, rest, _ := strings.Cut(s, ":")
	switch scheme {
	case "sqlite":
		d.SQLite = strings.TrimPrefix(rest, "//")
		if d.SQLite == "" || strings.ContainsAny(d.SQLite, "?#\x00") {
			return errNotAllowed
		}
	case "postgres", "postgresql":
		u, err := url.Parse(s)
		if err != nil || u.Host == "" {
			return errNotAllowed
		}
		d.Postgres = Secret(s)
	default:
		return errNotAllowed
	}
	return nil
}

// Source returns the path of the file, or the whole URL with its password.
func (d Database) Source() string {
	if d.SQLite != "" {
		return d.SQLite
	}
	return d.Postgres.Reveal()
}

// String names the database without its password.
func (d Database) String() string {
	if d.SQLite != "" {
		return "sqlite:" + d.SQLite
	}
	u, err := url.Parse(string(d.Postgres))
	if err != nil {
		return hidden
	}
	u.RawQuery = "" // it may hold a password too
	return u.Redacted()
}

// passwords returns the passwords in the URL, in front of the host and in the
// query.
func (d Database) passwords() []string {
	u, err := url.Parse(d.Postgres.Reveal())
	if err != nil {
		return nil
	}
	var out []string
	if pass, ok := u.User.Password(); ok {
		out = append(out, pass)
	}
	return append(out, slices.Concat(u.Query()["password"], u.Query()["sslpassword"])...)
}

// GoString is String.
func (d Database) GoString() string { return strconv.Quote(d.String()) }

// parseURL reads an absolute http or https URL that carries no password.
func parseURL(s string) (any, error) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || u.RawQuery != "" {
		return nil, errNotAllowed
	}
	return *u, nil
}

// ParseDuration reads a length of time as a positive whole number and one
// unit of s, m, h, d and w, as in 30d.
func ParseDuration(s string) (time.Duration, error) {
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	if len(s) < 2 {
		return 0, errNotAllowed
	}
	unit := units[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
	if err != nil || unit == 0 || n == 0 || time.Duration(n) > math.MaxInt64/unit {
		return 0, errNotAllowed
	}
	return time.Duration(n) * unit, nil
}

// parseBool takes what people write in .env files.
func parseBool(s string) (any, error) {
	switch strings.ToLower(s) {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	default:
		return nil, errNotAllowed
	}
}

// show prepares a value for an error line: of a URL nothing before an @ and
// no query, and not too much of it.
func show(value string) string {
	if i, j := strings.Index(value, "://"), strings.LastIndexByte(value, '@'); i >= 0 && j > i {
		value = value[:i+3] + hidden + value[j:]
	}
	if i := strings.IndexAny(value, "?#"); i >= 0 && strings.Contains(value, "://") {
		value = value[:i+1] + hidden
	}
	const most = 80
	if len(value) > most {
		return fmt.Sprintf("%q... (%d bytes)", value[:most], len(value))
	}
	return strconv.Quote(value)
}
