package redact

import (
	"strings"
	"testing"
)

// spellings returns a name given in words in every usual spelling.
func spellings(words string) []string {
	w := strings.Fields(words)
	title := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	camel, pascal := w[0], title(w[0])
	for _, s := range w[1:] {
		camel += title(s)
		pascal += title(s)
	}
	return []string{
		strings.Join(w, "_"), strings.Join(w, "-"), strings.Join(w, "."), strings.Join(w, " "), camel, pascal,
		strings.ToUpper(strings.Join(w, "_")), strings.ToUpper(strings.Join(w, "-")),
		"x-" + strings.Join(w, "-"), "user_" + strings.Join(w, "_"), "new" + pascal, strings.Join(w, "_") + "_2", camel + "1",
		"data[" + strings.Join(w, "_") + "]",
	}
}

var secretNames = []string{
	"password", "current password", "new password", "confirm password", "password confirmation", "passwd", "pwd", "passphrase",
	"db pass", "password hash", "password reset", "secret", "client secret", "app secret", "secret key", "token", "access token",
	"refresh token", "id token", "csrf token", "session token", "token value", "reset token", "bearer token", "jwt", "api key",
	"access key", "secret access key", "private key", "signing key", "encryption key", "authorization", "proxy authorization",
	"auth", "cookie", "set cookie", "session cookie", "pin", "card pin", "pin code", "otp", "otp code", "totp secret",
	"verification code", "security code", "one time code", "sms code", "access code", "backup codes", "recovery codes", "mfa code",
	"cvv", "cvc", "card cvv", "card number", "credit card number", "cc number", "ssn", "social security number", "iban",
	"routing number", "bank account number", "credentials", "security answer", "code verifier", "psk", "dsn", "connection string",
}

var gluedSecrets = []string{
	"apikey", "APIKEY", "xapikey", "accesstoken", "refreshtoken", "userpassword", "newpasswd", "clientsecret", "privatekey",
	"authtoken", "setcookie", "cardnumber", "creditcard", "verificationcode", "pincode", "dbpwd", "PASSWORD", "Passwort",
	"passWord", "X-Api-Key", "APIKey", "myAPIKeys", "IDToken", "oAuth2Token", "password123", "p_password_",
	"AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY", "JWT_SECRET", "connect.sid", "PHPSESSID", "JSESSIONID", "2fa_code", "cvv2",
	"user[password]", "body.data.password", "/user/password", "X-Amz-Security-Token", "x-goog-api-key", "x-functions-key",
	"ConnectionStrings", "пароль", "Пароль", "dbconnectionstring", "ｐａｓｓｗｏｒｄ", "pass\u200bword", "pass\u00adword",
	"pAsSwOrD", "PaSsWoRd", "ToKeN", "sEcReT", "privkey", "x-amz-signature",
	"Ocp-Apim-Subscription-Key", "X-CSRF-Token", "XSRF-TOKEN", "contraseña", "tellMyPin", "myApiKey",
	"new_pass_confirm", "p4ssw0rd", "passw0rd", "Pa55word", "密码", "新密码", "パスワード", "비밀번호", "CONTRASEÑA", "mot_de_passe", "Senha", "ПАРОЛЬ",
}

var harmlessNames = []string{
	// the contract
	"interaction_id", "timestamp", "interaction_type", "user_id", "user_type", "conversation_id", "session_id", "partner_id",
	"stakeholder_type", "parent_interaction_id", "outcomes", "partner_matched", "demo_booked", "deal_closed", "deal_value",
	"satisfaction_score", "match_score", "match_reasons", "booking_date", "booking_time", "ai_conversation", "messages", "role",
	"content", "attachments", "cost", "model", "duration_ms", "finish_reason", "feedback", "experiments", "request", "response",
	"metadata", "app_version", "environment", "user_agent", "ip_address", "schema_version", "referrer", "device_type", "location",
	"api_call", "method", "path", "route", "query_params", "request_body", "request_body_bytes", "request_body_truncated",
	"content_type", "response_status", "response_time_ms", "response_bytes", "aborted", "error", "request_id", "upstream",
	"would_recommend", "duplicate_of", "upcast", "phone", "email", "company_name", "focus_area_index", "license_number",
	// neighbours of credentials
	"token_count", "token_limit", "tokenizer", "token_type", "tokens_per_second", "secretary", "secretariat", "pinned", "pinterest", "spin",
	"opinion", "passport", "passport_number", "passed", "passenger", "bypass_reason", "compass", "pass_rate", "boarding_pass",
	"author", "authored_by", "authorized", "auth_method", "cookie_consent", "cookies_enabled", "password_changed_at",
	"password_strength", "password_policy", "has_password", "is_token_valid", "requires_otp", "otp_sent_at", "zip_code", "zipCode",
	"country_code", "area_code", "status_code", "error_code", "promo_code", "product_code", "codec", "decode", "code_of_conduct",
	"key", "primary_key", "foreign_key", "public_key", "keyboard", "keywords", "monkey", "map_pin", "card_last4", "card_brand",
	"business_card", "scorecard", "discard", "postcard", "signature", "sig", "design", "assignment", "work_authorization",
	"prior_authorization", "account_manager", "bank_name", "hash", "etag", "nonce", "state", "session", "sessions", "lead_secret_count",
	"onboarding_v2", "credentialed", "classpath", "tax_id", "ein", "permit_number",
}

func TestSecretNames(t *testing.T) {
	g := New(Options{})
	check := func(name string) {
		if c := g.class([]byte(name)); c.mode < denySelf {
			t.Errorf("%q is not taken for a credential", name)
		}
	}
	for _, words := range secretNames {
		for _, name := range spellings(words) {
			check(name)
		}
	}
	for _, name := range gluedSecrets {
		check(name)
	}
}

func TestHarmlessNames(t *testing.T) {
	g := New(Options{})
	for _, name := range harmlessNames {
		if c := g.class([]byte(name)); c.mode != allow && c.mode != denyText {
			t.Errorf("%q is taken for a credential by rule %s", name, c.rule)
		}
	}
}

func TestDeny(t *testing.T) {
	g := New(Options{Deny: []string{"door key", "GateCode"}})
	got := clean(t, g, `{"doorKey":"a","DOOR-KEY":"b","gate_code":"c","door":"d"}`)
	if want := `{"doorKey":"[redacted]","DOOR-KEY":"[redacted]","gate_code":"[redacted]","door":"d"}`; got != want {
		t.Errorf("got %s", got)
	}
}

func TestLongNames(t *testing.T) {
	g := New(Options{})
	for _, name := range []string{
		strings.Repeat("a", 4000) + "_password",
		strings.Repeat("a_b_", 1000) + "password",
		strings.Repeat("ñ", 300) + ".password",
	} {
		if g.class([]byte(name)).mode != denyAll {
			t.Errorf("%.20q...: the end of a long name is not read", name)
		}
	}
}
