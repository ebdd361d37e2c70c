package redact

// Kind says where a rule looks.
type Kind string

// The kinds of rules.
const (
	ByName  Kind = "name"  // a value goes because of the name that it stands under
	ByLook  Kind = "look"  // a piece of text goes because of what it looks like
	ByPlace Kind = "place" // where names and looks are searched for
)

// Rule is one line of the table of what the gate takes out, for people to
// read. A test passes each Example through the gate and compares it with
// Result, so that the table cannot drift from what is done.
type Rule struct {
	Name    string // in [Removal], or a short word for a place
	Kind    Kind
	What    string // one sentence
	Example string // before the gate: a JSON text, or free text
	Result  string // after it
}

// Rules returns the table.
func Rules() []Rule {
	return []Rule{
		{"password", ByName, "Passwords in any spelling, their hashes and hints included. Statements about a password (password_changed_at, has_password) stay.",
			`{"currentPassword":"hunter2","new_password":"hunter3","passwd_hash":"5f4dcc3b","password_changed_at":"2025-08-01"}`,
			`{"currentPassword":"[redacted]","new_password":"[redacted]","passwd_hash":"[redacted]","password_changed_at":"2025-08-01"}`},
		{"passphrase", ByName, "Phrases that open something. In free text they take the rest of the line.",
			"seed phrase: legal winner thank year\nnext line",
			"seed phrase: [redacted]\nnext line"},
		{"secret", ByName, "Whatever is called a secret.",
			`{"client_secret":"abc","webhookSecrets":{"crm":"def"},"secretary":"Ida","secrets":{}}`,
			`{"client_secret":"[redacted]","webhookSecrets":{"crm":"[redacted]"},"secretary":"Ida","secrets":{}}`},
		{"token", ByName, "Access, refresh, identity, session, device and CSRF tokens.",
			`{"accessToken":"abc","refresh_token":"def","token":{"value":"ghi","valid":true},"token_type":"bearer","tokenizer":"cl100k"}`,
			`{"accessToken":"[redacted]","refresh_token":"[redacted]","token":{"value":"[redacted]","valid":true},"token_type":"bearer","tokenizer":"cl100k"}`},
		{"tokens", ByName, "In the plural, text goes and numbers stay: a language model counts tokens.",
			`{"total_tokens":812,"max_tokens":"4096","token_count":7,"tokens":["abc"],"tokens_used":{"in":5,"out":2}}`,
			`{"total_tokens":812,"max_tokens":"4096","token_count":7,"tokens":["[redacted]"],"tokens_used":{"in":5,"out":2}}`},
		{"key", ByName, "API keys, private keys and other keys that open something. Keys of a database or an object stay.",
			`{"x-api-key":"abc","apikey":"def","privateKey":"ghi","primary_key":17,"public_key":"jkl","key":"onboarding"}`,
			`{"x-api-key":"[redacted]","apikey":"[redacted]","privateKey":"[redacted]","primary_key":17,"public_key":"jkl","key":"onboarding"}`},
		{"authorization", ByName, "The Authorization header and its like. Objects are searched by their own names.",
			`{"headers":{"Authorization":"Digest abc","proxy-authorization":["x"],"host":"a"},"auth":{"user":"ida","pass":"x"},"author":"Ida"}`,
			`{"headers":{"Authorization":"[redacted]","proxy-authorization":["[redacted]"],"host":"a"},"auth":{"user":"ida","pass":"[redacted]"},"author":"Ida"}`},
		{"cookie", ByName, "Cookies, sent and set.",
			`{"cookie":"sid=1; theme=dark","set-cookie":["sid=2"],"cookies":{"sid":"3"},"cookie_consent":"yes"}`,
			`{"cookie":"[redacted]","set-cookie":["[redacted]"],"cookies":{"sid":"[redacted]"},"cookie_consent":"yes"}`},
		{"pin", ByName, "Personal identification numbers. A pin on a map is an object, and stays.",
			`{"pin":1234,"card_pin":"9876","pin_code":"1111","a":{"pin":{"lat":1}},"pinned":true}`,
			`{"pin":"[redacted]","card_pin":"[redacted]","pin_code":"[redacted]","a":{"pin":{"lat":1}},"pinned":true}`},
		{"one-time-code", ByName, "Codes that are good for one entry: verification, security, SMS, reset, backup codes.",
			`{"verification_code":"LX42","otp":123456,"backupCodes":["a1"],"zip_code":"75201","country_code":"US","otp_sent_at":"10:00"}`,
			`{"verification_code":"[redacted]","otp":"[redacted]","backupCodes":["[redacted]"],"zip_code":"75201","country_code":"US","otp_sent_at":"10:00"}`},
		{"code", ByName, "A bare code when it is a number of 4 to 8 digits, or when a caller sent it and it is longer than a country or a status.",
			`{"request_body":{"contractor_id":7,"code":"A-12"},"code":"123456","error":{"code":"ECONNREFUSED"},"query_params":{"code":"US"}}`,
			`{"request_body":{"contractor_id":7,"code":"[redacted]"},"code":"[redacted]","error":{"code":"ECONNREFUSED"},"query_params":{"code":"US"}}`},
		{"card-code", ByName, "The check code of a card.",
			`{"cvv":"123","card":{"cvc":456,"brand":"visa"}}`,
			`{"cvv":"[redacted]","card":{"cvc":"[redacted]","brand":"visa"}}`},
		{"card-number", ByName, "The number of a card.",
			`{"cardNumber":"4111","credit_card":{"brand":"visa"},"card_last4":"1111"}`,
			`{"cardNumber":"[redacted]","credit_card":{"brand":"visa"},"card_last4":"1111"}`},
		{"ssn", ByName, "Social security numbers: banks take them for a password. Other identity numbers (licence, tax, passport) are personal or business data and stay.",
			`{"ssn":"078-05-1120","socialSecurityNumber":78051120,"license_number":"CA-1009","passport":"X1"}`,
			`{"ssn":"[redacted]","socialSecurityNumber":"[redacted]","license_number":"CA-1009","passport":"X1"}`},
		{"bank-account", ByName, "What money can be drawn with.",
			`{"iban":"DE89","routing_number":"021","account_manager":"Ida"}`,
			`{"iban":"[redacted]","routing_number":"[redacted]","account_manager":"Ida"}`},
		{"credentials", ByName, "A text under this name. Lists and objects stay, because a contractor's credentials are licences; what is secret in them has its own name.",
			`{"credentials":"ida:hunter2","partner":{"credentials":["GAF Master Elite"]}}`,
			`{"credentials":"[redacted]","partner":{"credentials":["GAF Master Elite"]}}`},
		{"invitation", ByName, "A text that looks like a code, under the bare name or in the fragment of a link. An invitation as an object, and what people write there, stays.",
			`{"link":"/join?partner=7#invitation=K7QW2M9XZT","invite":"aB3kQ9","invitation":{"name":"Ida"},"note":{"invitation":"Come on Friday"}}`,
			`{"link":"/join?partner=7#invitation=[redacted]","invite":"[redacted]","invitation":{"name":"Ida"},"note":{"invitation":"Come on Friday"}}`},
		{"signature", ByName, "Signatures in a query string: with them a signed URL opens. Elsewhere a signature is a name.",
			`{"url":"/file?X-Amz-Signature=ab12&v=1","signature":"Ida Larsen"}`,
			`{"url":"/file?X-Amz-Signature=[redacted]&v=1","signature":"Ida Larsen"}`},
		{"auth-scheme", ByLook, "What follows Bearer, and what follows Basic if it is a user and a password.",
			"sent Bearer abc123def and Basic aWRhOmh1bnRlcjI= to a bearer of good news on a basic plan",
			"sent Bearer [redacted] and Basic [redacted] to a bearer of good news on a basic plan"},
		{"web-token", ByLook, "JSON Web Tokens, and Base64 of JSON that holds a credential.",
			"got eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2lnbmF0dXJl there",
			"got [redacted] there"},
		{"private-key", ByLook, "Private keys in PEM, whole or torn. Certificates and public keys stay.",
			"key:\n-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\nend",
			"key:\n[redacted]\nend"},
		{"provider-key", ByLook, "Keys that their issuer made recognisable: AWS, GitHub, GitLab, Google, Stripe, OpenAI, Slack and others.",
			"AKIAIOSFODNN7EXAMPLE and ghp_16C7e42F292c6912E7710c838347Ae178B4a but sk-learn",
			"[redacted] and [redacted] but sk-learn"},
		{"password-hash", ByLook, "Hashes of passwords as bcrypt, scrypt and Argon2 write them.",
			"row $2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy ok",
			"row [redacted] ok"},
		{"card-number", ByLook, "13 to 19 digits that a card issuer hands out and whose check digit is right, with spaces or dashes or as a number.",
			`{"note":"card 4111 1111 1111 1111, order 4111111111111112","n":5555555555554444,"ms":1735689600004}`,
			`{"note":"card [redacted], order 4111111111111112","n":"[redacted]","ms":1735689600004}`},
		{"one-time-code", ByLook, "4 to 8 digits beside the word code, OTP, PIN or passcode. Codes that say where or what (zip, area, error, promo) stay, and so does what lets a crew onto the site (gate, door): the booking needs it.",
			"Your code is 123456. 654321 is your login code. Zip code 75201, gate code 4471, error code 5001.",
			"Your code is [redacted]. [redacted] is your login code. Zip code 75201, gate code 4471, error code 5001."},
		{"card-code", ByLook, "The three or four digits after CVV or CVC.",
			"exp 12/27, CVV 123", "exp 12/27, CVV [redacted]"},
		{"ssn", ByLook, "Nine digits beside SSN or social security.",
			"my SSN is 078-05-1120, phone 555-201-3344",
			"my SSN is [redacted], phone 555-201-3344"},
		{"password", ByLook, "A spoken password that is not a plain word.",
			"my password is Hunter2! but yours: the password is wrong",
			"my password is [redacted] but yours: the password is wrong"},
		{"token", ByLook, "A spoken token of letters and digits.",
			"the token is 8f7d9e2a; a token expired",
			"the token is [redacted] a token expired"},
		{"url-password", ByLook, "The password in front of a host, and a token in place of a user.",
			"postgres://ida:hunter2@db:5432/tpe and https://ida@example.com/x",
			"postgres://ida:[redacted]@db:5432/tpe and https://ida@example.com/x"},
		{"path-token", ByLook, "The path segment after reset-password, magic-link, verify-code, token and the like.",
			"/api/reset-password/9f8e7d6c5b4a?x=1 on /reset-password/:token",
			"/api/reset-password/[redacted]?x=1 on /reset-password/:token"},
		{"query string", ByPlace, "Parameters by their names, in a URL, a path, a referrer or alone, also percent-coded.",
			"https://a.example/cb?token=abc&x=1&next=%2Fin%3Fpassword%3Ddef%26y%3D2",
			"https://a.example/cb?token=[redacted]&x=1&next=%2Fin%3Fpassword%3D[redacted]%26y%3D2"},
		{"form", ByPlace, "Bodies of forms, plain and multipart.",
			"email=ida%40a.example&password=hunter2&code=123456&page=2",
			"email=ida%40a.example&password=[redacted]&code=[redacted]&page=2"},
		{"header", ByPlace, "Header fields as an object, as pairs, as a flat list, and as lines of text.",
			`{"headers":[["Cookie","a=b"],["Host","h"]],"rawHeaders":["Authorization","Hawk x","Host","h"],"h":[{"name":"X-Api-Key","value":"abc"}],"text":"GET /\r\nCookie: a=b; c=d\r\nHost: h"}`,
			`{"headers":[["Cookie","[redacted]"],["Host","h"]],"rawHeaders":["Authorization","[redacted]","Host","h"],"h":[{"name":"X-Api-Key","value":"[redacted]"}],"text":"GET /\r\nCookie: [redacted]\r\nHost: h"}`},
		{"JSON in a string", ByPlace, "JSON that was put into a string, however many times, and Base64 or percent codes of it.",
			`{"body":"{\"password\":\"hunter2\",\"page\":2}"}`,
			`{"body":"{\"password\":\"[redacted]\",\"page\":2}"}`},
		{"broken JSON", ByPlace, "Lines that were torn and text that only looks like JSON.",
			`{"user":"ida","password":"hunter2","page":2,"tok`,
			`{"user":"ida","password":"[redacted]","page":2,"tok`},
		{"text", ByPlace, "name: value and name = value in prose, logs, YAML and settings.",
			"API key: abc-123, DB_PASS=hunter2; retry=3",
			"API key: [redacted], DB_PASS=[redacted]; retry=3"},
		{"markup", ByPlace, "XML elements and fields of HTML.",
			`<login><password>hunter2</password></login><input name="token" value="abc">`,
			`<login><password>[redacted]</password></login><input name="token" value="[redacted]">`},
		{"member-name", ByPlace, "Names of members: a body that was read as a form becomes one.",
			`{"{\"password\":\"hunter2\"}":"","page":2}`,
			`{"{\"password\":\"[redacted]\"}":"","page":2}`},
	}
}
