package redact

import "strings"

// The names of credentials. A name is split into words first (see words), so
// one phrase here covers camelCase, snake_case, kebab-case, prefixes and
// suffixes alike.

// mode says what happens to a value because of the name that it stands under.
type mode uint8

const (
	allow     mode = iota // the name says nothing
	judgeCode             // "code": the value decides, see secretCode
	judgeLook             // "invitation": a text that looks like a code goes, see looksLikeCode
	judgeBank             // "account number": goes beside a bank's number
	denyText              // text goes, numbers stay: "tokens" counts or holds them, "has_password" is a question
	denySelf              // the value itself goes, not what a list or an object in it holds
	denyOwn               // the value, and each value of a list; an object is searched by its own names
	denyAll               // every text and number below
)

// place says where in a name a term must stand. Digits do not count.
type place uint8

const (
	anywhere place = iota
	atEnd
	whole
)

// term is one line of the table of names.
type term struct {
	rule    string
	mode    mode
	phrases []string // each: words that must follow each other
	place   place
	// line: in free text the value goes on to the end of the line.
	line bool
	// query: only in a query string or a form.
	query bool
	// but: not when one of these words comes directly before.
	but []string
}

func terms() []term {
	return []term{
		{rule: "password", mode: denyAll, phrases: list("password, passwords, passwd, passwds, pwd, pswd, psw, passw, passcode, passcodes, pass code, passwort, kennwort, contraseña, contraseñ a, contrasena, senha, mot de passe, пароль, wachtwoord, lösenord, hasło, şifre")},
		{rule: "password", mode: denyAll, phrases: list("pass confirm, pass confirmation, pass repeat, pass again, p ssw rd, passw rd, p ssword, pa word, pa w rd")}, // digits do not count: p4ssw0rd
		{rule: "password", mode: denyAll, phrases: list("pass word, pass words, pass wd, pw"), place: atEnd},
		{rule: "password", mode: denyAll, phrases: list("pass"), place: atEnd, but: otherPasses()},
		{rule: "passphrase", mode: denyAll, phrases: list("passphrase, passphrases, pass phrase, seed phrase, recovery phrase, mnemonic"), line: true},
		{rule: "secret", mode: denyAll, phrases: list("secret, secrets, secret id, security answer, creds, dsn, connection string, connection strings")},
		{rule: "token", mode: denyAll, phrases: list("token, jwt, bearer, csrf, xsrf, code verifier, client assertion, saml response, saml assertion, connect sid, phpsessid, jsessionid")},
		{rule: "tokens", mode: denyText, phrases: list("tokens")},
		{rule: "key", mode: denyAll, phrases: list("api key, api keys, access key, access keys, private key, private keys, secret key, secret keys, signing key, encryption key, encryption keys, decryption key, master key, shared key, session key, recovery key, ssh key, auth key, app key, application key, license key, subscription key, functions key, webhook key, deploy key, priv key, psk, amz signature, goog signature")},
		{rule: "authorization", mode: denyAll, phrases: list("authorization, authorisation"), place: atEnd, line: true, but: list("work, prior, pre, payment, credit, insurance, repair, owner, homeowner")},
		{rule: "authorization", mode: denyAll, phrases: list("proxy authorization, authorization header, auth header"), line: true},
		{rule: "authorization", mode: denyOwn, phrases: list("auth, authentication"), place: atEnd, but: list("pre, prior")},
		{rule: "cookie", mode: denyAll, phrases: list("cookie, cookies"), line: true},
		{rule: "pin", mode: denyOwn, phrases: list("pin"), place: atEnd, but: list("map, location, drop")},
		{rule: "pin", mode: denyOwn, phrases: list("pin code, pin number, pin hash")},
		{rule: "one-time-code", mode: denyAll, phrases: secretCodes()},
		{rule: "card-code", mode: denyOwn, phrases: list("cvv, cvc, csc, card code, card security code")},
		{rule: "card-number", mode: denyOwn, phrases: list("card number, card numbers, card no, card num, card pan, cc number, cc num, credit card, debit card")},
		{rule: "ssn", mode: denyOwn, phrases: list("ssn, social security")},
		{rule: "bank-account", mode: denyOwn, phrases: list("iban, routing number, bank account")},
		{rule: "bank-account", mode: judgeBank, phrases: list("account number, account no, account num, acct number, acct no, acct num"), place: atEnd},
		{rule: "credentials", mode: denySelf, phrases: list("credential, credentials"), place: atEnd},
		{rule: "code", mode: judgeCode, phrases: list("code, codes, mfa, fa, tfa"), place: whole},
		{rule: "invitation", mode: judgeLook, phrases: list("invitation, invite"), place: whole},
		{rule: "token", mode: judgeLook, phrases: list("session, sid"), place: whole, query: true},
		{rule: "key", mode: denyAll, phrases: list("account key"), query: true},
		{rule: "signature", mode: denyAll, phrases: list("sig, signature, amz credential, goog credential"), query: true},
	}
}

// otherPasses are words before "pass" that make it none of a login.
func otherPasses() []string {
	return list("boarding, season, day, bus, first, second, final, test, inspection")
}

// codeQualifiers make a code a credential: verification_code, smsCode.
func codeQualifiers() []string {
	return list("verification, verify, confirmation, confirm, security, auth, authentication, authorization, authorisation, otp, mfa, fa, sms, login, signin, sign in, logon, access, one time, onetime, temp, temporary, reset, recovery, backup, activation, unlock, device, totp, factor, secret, email, invite, invitation, passkey")
}

// secretCodes are the phrases for one-time codes.
func secretCodes() []string {
	out := list("otp, otps, totp, hotp")
	for _, q := range codeQualifiers() {
		out = append(out, q+" code", q+" codes")
	}
	return out
}

// harmlessCodes make a code harmless in free text: "zip code 75201". What
// lets people onto a site (gate, door) is an instruction to the crew, and the
// booking is worthless without it. Alarm, safe and lockbox are not here.
func harmlessCodes() []string {
	return strings.Fields(`zip postal post area country county city state region dial dialing calling currency language
		locale error status exit return response result reason http sql product item part model sku bar qr color colour
		paint material finish fabric batch lot job order booking reservation reference ref tracking project permit tax
		department dept cost unit building fire electrical plumbing energy residential commercial mechanical local
		international national irc ibc nec promo promotion promotional coupon discount voucher offer referral partner
		affiliate campaign source dress gate door entry entrance lobby parking elevator floor suite naics sic hs icd class`)
}

// gluedName is for names without separators: a word that holds the piece
// counts as the phrase.
type gluedName struct {
	piece  string
	place  place // anywhere or atEnd
	phrase string
}

func gluedNames() []gluedName {
	var out []gluedName
	add := func(p place, phrase, pieces string) {
		for _, piece := range strings.Fields(pieces) {
			out = append(out, gluedName{piece, p, phrase})
		}
	}
	add(anywhere, "password", "password passwd passcode passwort kennwort")
	add(anywhere, "password", "密码 密碼 口令 パスワード 비밀번호")
	add(atEnd, "password", "pwd")
	add(anywhere, "connection string", "connectionstring")
	add(anywhere, "passphrase", "passphrase")
	add(anywhere, "secret", "secretkey secretaccess")
	add(atEnd, "secret", "secret secrets")
	add(anywhere, "token", "samlresponse jsessionid phpsessid sessiontoken accesstoken")
	add(atEnd, "token", "token")
	add(atEnd, "tokens", "tokens")
	add(anywhere, "api key", "apikey accesskey privatekey privkey signingkey encryptionkey authkey sharedkey masterkey")
	add(anywhere, "proxy authorization", "proxyauthorization xauthorization")
	add(atEnd, "cookie", "cookie cookies")
	add(anywhere, "pin code", "pincode")
	add(anywhere, "otp", "otpcode verificationcode securitycode onetimecode")
	add(atEnd, "otp", "authcode smscode verifycode accesscode logincode confirmationcode recoverycode resetcode")
	add(atEnd, "cvv", "cardcvv cardcvc cvvcode")
	add(anywhere, "card number", "cardnumber creditcard debitcard ccnumber")
	add(atEnd, "card number", "ccnum cardnum")
	add(anywhere, "ssn", "socialsecurity")
	add(atEnd, "account number", "accountnumber accountno acctnumber")
	return out
}

// harmlessEnds are last words that turn the name of a credential into a
// statement about one: token_count, password_changed_at, cookie-consent.
func harmlessEnds() []string {
	return strings.Fields(`at on date time timestamp datetime ms seconds minutes hours days age count counts counter total
		totals length len size strength score policy required enabled disabled expires expire expiry expiration expired
		ttl lifetime type types kind name names id ids arn version algorithm alg status valid verified present provided
		missing changed updated created rotated sent used usage limit limits budget cost price fee fees amount rate rates
		ratio percent min max avg average position field fields column columns label placeholder attempts retries
		failures error errors message method methods provider issuer audience scope scopes source reason format flow step
		consent banner preferences preference notice accepted bytes window url uri endpoint page screen route email phone
		user username recipient channel sender destination`)
}

// questions are first words that make a name a yes or no question.
func questions() []string {
	return strings.Fields("has is requires needs show hide allow")
}

// role says what a member's name makes of the value beside the mode.
type role uint16

const (
	holdsName       role = 1 << iota // may name the value beside it: {"name": "token", "value": ...}
	holdsValue                       // may be named by a member beside it
	holdsRequest                     // what a caller sent: a bare "code" in it is a credential
	holdsQuery                       // a query string or a form, as an object
	holdsHeaders                     // header fields, as an object or a list
	holdsSecretCode                  // a "code" in it is a one-time code: {"verification": {"code": ...}}
	holdsOtherCode                   // a "code" in it is harmless: {"error": {"code": ...}}
	holdsMadeUp                      // its names are made up by people: {"experiments": {"token_pricing": "A"}}
	holdsKey                         // may name the "text" beside it: {"id": "password", "text": ...}
	holdsText                        // may be named so
	holdsVariables                   // of a GraphQL query, which stands beside it
)

// roleWord gives the role of names that end in one of the words.
type roleWord struct {
	role  role
	words []string
}

func roleWords() []roleWord {
	return []roleWord{
		{holdsName, strings.Fields("name key header field param parameter path property label type id k question prompt")},
		{holdsKey, strings.Fields("name key field param parameter property id k")},
		{holdsText, strings.Fields("text")},
		{holdsVariables, strings.Fields("variables")},
		{holdsValue, strings.Fields("value values val v answer answers")},
		{holdsRequest, strings.Fields("body payload form query params parameters input variables args fields request post")},
		{holdsQuery, strings.Fields("query params parameters form args")},
		{holdsHeaders, strings.Fields("headers header trailers")},
		{holdsSecretCode, codeQualifiers()},
		{holdsOtherCode, append(harmlessCodes(), "errors", "err", "exception", "fault", "warning", "problem", "issue")},
		{holdsMadeUp, strings.Fields("experiment experiments variant variants flags features")},
	}
}

// pathWords are path segments after which a credential follows:
// /reset-password/<token>.
func pathWords() []string {
	return strings.Fields(`token access-token reset-token reset reset-password password-reset resetpassword forgot-password
		verify-email email-verification confirm-email verify-code otp magic-link magic magiclink invite invitation`)
}

// list splits a line of phrases at its commas.
func list(s string) []string { return strings.Split(s, ", ") }
