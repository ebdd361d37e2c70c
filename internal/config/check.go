package config

import (
	"slices"
	"strings"
)

// minSecret is the length in bytes of the shortest JWT_SECRET that is taken
// outside development: as long as the hash it keys.
const minSecret = 32

// check holds the rules that one value alone cannot show.
func check(cfg *Config, values map[string]string, bad *faults) {
	ranges := []struct {
		field string
		ok    bool
	}{
		{"Port", cfg.Port > 0},
		{"RateLimitWindowMS", cfg.RateLimitWindowMS >= 1 && cfg.RateLimitWindowMS <= 86_400_000},
		{"RateLimitMaxRequests", cfg.RateLimitMaxRequests >= 1 && cfg.RateLimitMaxRequests <= 1_000_000_000},
		{"AITemperature", cfg.AITemperature >= 0 && cfg.AITemperature <= 2},
	}
	if len(bad.lines) == 0 { // a value that was not read is zero and named already
		for _, r := range ranges {
			if !r.ok {
				bad.field(r.field, values)
			}
		}
	}
	if values["RATE_LIMIT_MAX_REQUESTS"] == "" && !cfg.Production() {
		cfg.RateLimitMaxRequests = 0 // nobody is limited while trying things out
	}
	checkDatabase(cfg, values, bad)
	if cfg.UseS3 && cfg.DataLakeBucket == "" {
		bad.say("DATA_LAKE_BUCKET is not set, and USE_S3 is true: it must be the name of a bucket")
	}
	if cfg.UseDynamoDB && cfg.InteractionsTable == "" {
		bad.say("INTERACTIONS_TABLE is not set, and USE_DYNAMODB is true: it must be the name of a table")
	}
	if cfg.NotifyShow && cfg.Production() {
		bad.say("NOTIFY_SHOW=true is not allowed: it prints codes, and is for development only")
	}
}

// checkDatabase takes USE_SQLITE as a second word on DATABASE_URL: the older
// service had both, and a contradiction must not pick a database by chance.
func checkDatabase(cfg *Config, values map[string]string, bad *faults) {
	sqlite := cfg.DatabaseURL.SQLite != ""
	switch {
	case cfg.DatabaseURL == Database{}, bad.named("USE_SQLITE"):
		return // named already
	case values["USE_SQLITE"] == "":
		cfg.UseSQLite = sqlite
	case cfg.UseSQLite && !sqlite:
		bad.say("USE_SQLITE=true contradicts DATABASE_URL, which names PostgreSQL: remove one of them")
	case !cfg.UseSQLite && sqlite:
		bad.say("USE_SQLITE=false contradicts DATABASE_URL, which names SQLite: set DATABASE_URL=postgres://...")
	}
}

// checkKeys refuses half a pair of keys.
func checkKeys(cfg *Config, bad *faults) {
	if (cfg.AWSAccessKeyID == "") != (cfg.AWSSecretAccessKey == "") {
		bad.say("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set both or neither")
	}
}

// checkSecrets refuses a JWT_SECRET that can be guessed, and an account of a
// sender that is set in part.
func checkSecrets(cfg *Config, bad *faults) {
	checkSenders(cfg, bad)
	secret := cfg.JWTSecret.Reveal()
	var fault string
	switch {
	case secret == "":
		fault = "JWT_SECRET is not set"
	case wellKnown(secret):
		fault = "JWT_SECRET is a default that everybody knows"
	case len(secret) < minSecret || distinct(secret) < 8:
		fault = "JWT_SECRET is too short or too simple"
	default:
		return
	}
	if bad.named("JWT_SECRET") {
		return
	}
	if cfg.Production() {
		bad.say(fault + ": it must be at least 32 random bytes, as printed by `openssl rand -base64 48`")
		return
	}
	if secret == "" {
		cfg.Warnings = append(cfg.Warnings, "JWT_SECRET is not set: a new one is made at each start, so tokens end when the server does")
	}
}

// checkSenders refuses an account that is set in part.
func checkSenders(cfg *Config, bad *faults) {
	twilio := []bool{cfg.TwilioAccountSID != "", cfg.TwilioAuthToken != "", cfg.TwilioFrom != ""}
	if slices.Contains(twilio, true) && slices.Contains(twilio, false) {
		bad.say("TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM must be set all or none")
	}
	if (cfg.SendGridAPIKey == "") != (cfg.SendGridFrom == "") {
		bad.say("SENDGRID_API_KEY and SENDGRID_FROM must be set both or neither")
	}
}

// wellKnown reports whether a secret comes from an example.
func wellKnown(secret string) bool {
	s := strings.ToLower(secret)
	for _, part := range []string{"development-only", "change-me", "changeme", "change_me", "change-this", "change_this", "your-secret", "your_secret",
		"your-super-secret", "your_super_secret", "your-jwt", "your_jwt", "jwt-secret", "jwt_secret", "secret-key", "secret_key", "supersecret", "example"} {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}

func distinct(s string) int {
	var seen [256]bool
	n := 0
	for i := range len(s) {
		if !seen[s[i]] {
			seen[s[i]] = true
			n++
		}
	}
	return n
}
