package auth

import "strings"

// NormalizeEmail writes an e-mail address as accounts have it: in small
// letters, and without what providers ignore (dots and tags of Gmail, tags of
// Outlook, Yahoo and iCloud), as the older service did.
func NormalizeEmail(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	at := strings.LastIndexByte(s, '@')
	if at < 1 {
		return s
	}
	name, host := s[:at], s[at+1:]
	plain := name
	switch host {
	case "gmail.com", "googlemail.com":
		plain, _, _ = strings.Cut(name, "+")
		plain, host = strings.ReplaceAll(plain, ".", ""), "gmail.com"
	case "yahoo.com", "ymail.com", "rocketmail.com", "yahoo.ca", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "yahoo.in", "yahoo.it":
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			plain = name[:i]
		}
	case "outlook.com", "hotmail.com", "live.com", "msn.com", "icloud.com", "me.com":
		plain, _, _ = strings.Cut(name, "+")
	}
	if plain == "" {
		plain = name
	}
	return plain + "@" + host
}
