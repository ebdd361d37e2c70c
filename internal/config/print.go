package config

import (
	"fmt"
	"log/slog"
	"net/url"
	"reflect"
	"strings"
)

// String lists every variable with its value, one a line, secrets hidden.
func (c Config) String() string {
	var b strings.Builder
	for _, a := range c.attrs() {
		fmt.Fprintf(&b, "%s=%s\n", a.Key, a.Value)
	}
	return b.String()
}

// GoString is String: %#v shows no secret either.
func (c Config) GoString() string { return c.String() }

// LogValue is String for slog.
func (c Config) LogValue() slog.Value { return slog.GroupValue(c.attrs()...) }

// Secrets returns the values that must not be shown, for who looks for them
// in texts of others: keys, tokens, the passwords of the database.
func (c Config) Secrets() []string {
	var out []string
	for _, f := range reflect.ValueOf(c).Fields() {
		if s, ok := f.Interface().(Secret); ok && s != "" {
			out = append(out, s.Reveal())
		}
	}
	return append(out, c.DatabaseURL.passwords()...)
}

func (c Config) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("TPE_ENV", c.Env)}
	value := reflect.ValueOf(c)
	for _, v := range variables() {
		f := value.FieldByName(v.field)
		var text string
		if u, ok := f.Interface().(url.URL); ok {
			text = u.Redacted()
		} else {
			text = fmt.Sprint(f.Interface())
		}
		attrs = append(attrs, slog.String(v.name, text))
	}
	return attrs
}
