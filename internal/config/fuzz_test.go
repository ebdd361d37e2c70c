package config

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// FuzzValues feeds one text to every parser: none panics, and what is
// accepted says the same when it is written and read again.
func FuzzValues(f *testing.F) {
	for _, s := range []string{"", "7d", "99999999999w", "0s", "true", "TRUE", "sqlite:./a", "postgres://u:p@h/n?x=%zz", "http://a:99999/", "https://[::1]:3/x?y#z",
		"10.0.0.0/8,::1", "${SECRET_MANAGER_X}", "${SECRET_MANAGER_}", "debug", "\x00", "1e400", "NaN"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDuration(s); err == nil && d < time.Second {
			t.Errorf("duration %q is %v", s, d)
		}
		if v, err := parseURL(s); err == nil {
			u := v.(url.URL)
			again, err := parseURL(u.String())
			if err != nil {
				t.Errorf("URL %q became %q: %v", s, u.String(), err)
			} else if a := again.(url.URL); a.String() != u.String() {
				t.Errorf("URL %q became %q", u.String(), a.String())
			}
		}
		var n, n2 Networks
		if err := n.UnmarshalText([]byte(s)); err == nil {
			text := strings.Trim(strings.ReplaceAll(fmt.Sprint([]any{n}), " ", ","), "[]")
			if err := n2.UnmarshalText([]byte(text)); err != nil || fmt.Sprint(n2) != fmt.Sprint(n) {
				t.Errorf("networks %q became %q: %v", s, text, err)
			}
		}
		var d Database
		if err := d.UnmarshalText([]byte(s)); err == nil && (d.SQLite == "") == (d.Postgres == "") {
			t.Errorf("database %q is %#v", s, d)
		}
		_, _ = parseBool(s)
		if name, ok := secretName(s); ok && secretOpen+name+"}" != s {
			t.Errorf("secret %q of %q", name, s)
		}
		_ = show(s)
		cfg, err := Load(t.Context(), LoadOptions{Dir: t.TempDir(), NoSecrets: true, Getenv: func(name string) string {
			if name == "TPE_ENV" || name == "NODE_ENV" {
				return ""
			}
			return s
		}})
		if err == nil {
			_ = cfg.String()
		}
	})
}

// FuzzEnvFile reads any text: no panic, and a fault names a line that exists.
func FuzzEnvFile(f *testing.F) {
	f.Add("A=1\nB='x\ny'\n# c\nexport C=\"${SECRET_MANAGER_X}\"\n")
	f.Add("A")
	f.Add("A='")
	f.Add("\ufeffA=1\n")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 2000 {
			return
		}
		values, line := parseEnvFile(s)
		if lines := strings.Count(s, "\n") + 1; line < 0 || line > lines || line > 0 && values != nil {
			t.Errorf("line %d of %d", line, lines)
		}
	})
}
