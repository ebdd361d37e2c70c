package redact

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// Each line of text with what must come out of it.
func TestText(t *testing.T) {
	g := New(Options{})
	for _, c := range []struct{ in, want string }{
		// one-time codes
		{"Use 482913 as your sign-in code", "Use [redacted] as your sign-in code"},
		{"Your code: 482-913", "Your code: [redacted]"},
		{"G-482913 is your Google verification code", "G-[redacted] is your Google verification code"},
		{"The code for +1 (555) 201-3344 is 482913", "The code for +1 (555) 201-3344 is [redacted]"},
		{"verification code sent to 555-201-3344: 482913", "verification code sent to 555-201-3344: [redacted]"},
		{"backup codes: 11112222, 33334444 and 55556666", "backup codes: [redacted]"},
		{"your verification code is 2024", "your verification code is [redacted]"},
		{"The code for the gate is 4471", ""},
		{"code to enter the site by the door is 4471", ""},
		{"PIN 4471 please", "PIN [redacted] please"},
		{"otp=482913", "otp=[redacted]"},
		{"Passcode is 9911", "Passcode is [redacted]"},
		// and what is none
		{"Ask for Erin, gate code 4471", ""},
		{"door code: 4471#", ""},
		{"zip code 75201-1234", ""},
		{"area code 2125", ""},
		{"HTTP status code 5003", ""},
		{"use promo code 20255", ""},
		{"per code 2021 the roof needs ice shield", ""},
		{"IRC code 1507 applies", ""},
		{"we wrote code in 2019 for 12000 users", ""},
		{"code review at 10:30", ""},
		{"the code base has 120000 lines", ""},
		{"error code=42703 in query", ""},
		{"connect failed, code=ECONNREFUSED", ""},
		{"the pin holds 5000 pounds", ""},
		{"drop a pin 1200 feet from the road", ""},
		{"my pin is 4471", "my pin is [redacted]"},
		// headers, assignments
		{"curl -H 'Authorization: Digest user=\"a\"' https://a.example/x", "curl -H 'Authorization: [redacted]' https://a.example/x"},
		{"Cookie: a=1; b=2\nHost: h", "Cookie: [redacted]\nHost: h"},
		{"Set-Cookie: token=abc; Path=/; HttpOnly", "Set-Cookie: [redacted]"},
		{"export API_KEY=abc-1 PORT=80", "export API_KEY=[redacted] PORT=80"},
		{"password: a,b;c d", "password: [redacted] d"},
		{"login(user: \"ida\", password: \"a b\")", "login(user: \"ida\", password: \"[redacted]\")"},
		{"Server=db;User Id=sa;Password=p;w;Encrypt=true", "Server=db;User Id=sa;Password=[redacted];Encrypt=true"},
		{"token: true, secret: null", ""},
		{"password= ", ""},
		{"{token}", ""},
		{"max_tokens: 4096, tokens=17", ""},
		{"**Password:** hunter2 ok", "**Password:** [redacted] ok"},
		{"**Password**: hunter2 ok", "**Password**: [redacted] ok"},
		{"<p><b>Password:</b> hunter2</p>", "<p><b>Password:</b> [redacted]</p>"},
		{"{&quot;password&quot;:&quot;a b&quot;,&quot;city&quot;:&quot;Boise&quot;}", "{&quot;password&quot;:&quot;[redacted]&quot;,&quot;city&quot;:&quot;Boise&quot;}"},
		{"a=1&amp;token=abc&amp;b=2", "a=1&amp;token=[redacted]&amp;b=2"},
		{"the token is 8f7d9e2a, use it", "the token is [redacted], use it"},
		{"Authorization token 8f7d9e2a", "Authorization token [redacted]"},
		{"Log in with password Hunter2!", "Log in with password [redacted]"},
		{"Token expired. The token was rejected, the token is valid for 30d", ""},
		{"My password is: Hunter2", "My password is: [redacted]"},
		{"map[Authorization:[Bearer x] Host:[h]]", "map[Authorization:[redacted] Host:[h]]"},
		{`"request_body":{"contractor_id":332,"code":"LEAKCODE"},"query_pa`, `"request_body":{"contractor_id":332,"code":"[redacted]"},"query_pa`},
		{"\"request_body\": {\n  \"id\": 3,\n  \"code\": \"LEAKCODE\"\n", "\"request_body\": {\n  \"id\": 3,\n  \"code\": \"[redacted]\"\n"},
		{`"error":{"code":"LEAKCODE","n":1},"code":123456,"x`, `"error":{"code":"LEAKCODE","n":1},"code":[redacted],"x`},
		{"credentials: Licensed, bonded and insured", ""},
		{"Password:\nhunter2", "Password:\n[redacted]"},
		{"secrets:\n  db: abc", ""},
		// sentences
		{"The secret: always call back", ""},
		{"Here is the token: we closed more deals", ""},
		{"the password is wrong. Reset your password to continue", ""},
		{"Current password is incorrect", ""},
		{"Enter your PIN: four digits", ""},
		{"a bearer of bad news, Bearer Authentication, basic roofing", ""},
		{"Note: meet at 10:30, ratio 3:1, see https://a.example:8080/x", ""},
		{"work authorization: citizen", ""},
		{"Authorization: signed by the owner", ""},
		// cards and what only looks like one
		{"4111-1111-1111-1111 12/27", "[redacted] 12/27"},
		{"4111 1111 1111 1111 123", "[redacted] 123"},
		{"card 378282246310005.", "card [redacted]."},
		{"3782 822463 10005", "[redacted]"},
		{"id 41111111-1111-4111-8111-111111111111", ""},
		{"4111111111111112 or 1735689600004 or 20251123091424", ""},
		{"+4111111111111111 is a phone", ""},
		{"0.4111111111111111", ""},
		{"x4111111111111111", ""},
		{"41111111111111110000000", ""},
		// numbers of people
		{"SSN: 078-05-1120", "SSN: [redacted]"},
		{"078-05-1120 is her social security number", "[redacted] is her social security number"},
		{"part 078-05-1120", ""},
		// URLs
		{"mongodb+srv://u:p%40s@h/x", "mongodb+srv://u:[redacted]@h/x"},
		{"redis://:abc@h:6379", "redis://:[redacted]@h:6379"},
		{"https://ghp_16C7e42F292c6912E7710c838347Ae178B4a@github.com/a", "https://[redacted]@github.com/a"},
		{"https://a.example:8080/@ida", ""},
		{"mongodb://h:27017/db?owner=ida@a.example", ""},
		{"mailto:ida@a.example", ""},
		{"/cb?code=4%2F0AeaYSHC&state=x", "/cb?code=[redacted]&state=x"},
		{"/cb?country=US&code=US", ""},
		{"/f?sig=abc%3D&se=2025", "/f?sig=[redacted]&se=2025"},
		{"/reset-password/step2 and /api/tokens/usage", ""},
		{"https://hooks.slack.com/services/T000/B000/abcDEF123", "https://hooks.slack.com/services/[redacted]"},
		{"/join#invitation=K7QW2M9XZT", "/join#invitation=[redacted]"},
		{"/join?invite=aB3kQ9&x=1&session=9f8e7d6c&sid=s3cr3tsid", "/join?invite=[redacted]&x=1&session=[redacted]&sid=[redacted]"},
		{"/join?invite=friends&session=morning&session_id=9f8e7d6c", ""},
		{"Invitation: Friday2026, the invitation=open", ""},
		{"https://api.telegram.org/bot123456789:AAF-abcdefghijklmnopqrstuvwxyz012345/getMe", "https://api.telegram.org/bot[redacted]/getMe"},
		{"/bottom:line and /bot1:2", ""},
		{"AccountName=x;AccountKey=abc+/d==;EndpointSuffix=y", "AccountName=x;AccountKey=[redacted];EndpointSuffix=y"},
		{"ｐａｓｓｗｏｒｄ=hunter2 pass\u200bword=hunter3", "ｐａｓｓｗｏｒｄ=[redacted] pass\u200bword=[redacted]"},
		{"Пароль: hunter2, пароль=x", "Пароль: [redacted], пароль=[redacted]"},
		{"#access_token=abc&expires_in=3600", "#access_token=[redacted]&expires_in=3600"},
		{"q=Bearer+abc123def&x=1", "q=Bearer+[redacted]&x=1"},
		// certificates are public
		{"-----BEGIN CERTIFICATE-----\nMIIC\n-----END CERTIFICATE-----", ""},
		{"-----BEGIN PUBLIC KEY-----\nMIIC\n-----END PUBLIC KEY-----", ""},
		{"MIIEvQIBADANBg\nkqhkiG9w0B\n-----END PRIVATE KEY-----\nkept", "[redacted]\nkept"},
		// Base64 of JSON
		{"c=eyJwYXNzd29yZCI6Imh1bnRlcjIifQ== d", "c=[redacted] d"},
		{"c=eyJjaXR5IjoiRGFsbGFzLCBUWCJ9 d", ""},
		// shells
		{"curl -u ida:hunter2 http://a.example/x", "curl -u ida:[redacted] http://a.example/x"},
		{"curl --user 'ida:hunter2' -X POST", "curl --user 'ida:[redacted]' -X POST"},
		{"mysql -phunter2 -u root", "mysql -p[redacted] -u root"},
		{"sshpass -p hunter2 ssh ida@h", "sshpass -p [redacted] ssh ida@h"},
		{"mysql -p -u root; ps -u ida -p 4711; a - b", ""},
		// paths
		{"/api/login/ida:hunter2@h", "/api/login/ida:[redacted]@h"},
		{"/search/from:ida@a.example and /at/12:30@h", ""},
		{"?%2570assword=hunter2&x=1", "?%2570assword=[redacted]&x=1"},
		{"?%252570assword=hunter2&x=1", "?%252570assword=[redacted]&x=1"},
		// markup
		{"<member><name>password</name><value><string>hunter2</string></value></member>", "<member><name>password</name><value><string>[redacted]</string></value></member>"},
		{"<dict><key>api_key</key>\n<string>abc</string><key>city</key><string>Boise</string></dict>", "<dict><key>api_key</key>\n<string>[redacted]</string><key>city</key><string>Boise</string></dict>"},
		{`<f n="password"><value>hunter2</value></f><f n="city"><value>Boise</value></f>`, `<f n="password"><value>[redacted]</value></f><f n="city"><value>Boise</value></f>`},
		{`<property name="password">hunter2</property><button name="password">Show</button>`, `<property name="password">[redacted]</property><button name="password">Show</button>`},
		{"<p>&#112;assword: hunter2</p>", "<p>password: [redacted]</p>"},
		{"<p>p&#x61;ss&#119;ord=hunter2&#33; x</p>", "<p>pass" + "word=[redacted] x</p>"},
		{"<p>It&#39;s &#8220;fine&#8221;</p>", ""},
		// YAML
		{"db:\n  password: |\n    hunter2\n    hunter3\n  host: h", "db:\n  password: |\n    [redacted]\n  host: h"},
		{"password: >-\n  hunter2\n\n  hunter3\nhost: h", "password: >-\n  [redacted]\nhost: h"},
		{"passwords:\n- hunter2\n- hunter3\nhost: h", "passwords:\n[redacted]\nhost: h"},
		{"description: |\n  the roof\nhost: h", ""},
		// tables
		{"email,password\nida@a.example,hunter2\r\neve@a.example,\"a, \"\"b\"\n", "email,password\nida@a.example,[redacted]\r\neve@a.example,\"[redacted]\"\n"},
		{"User;API Key;City\nida;abc 1;Boise", "User;API Key;City\nida;[redacted];Boise"},
		{"email\tpassword\nida\thunter2", "email\tpassword\nida\t[redacted]"},
		{"name,city\nIda,Boise\nEve,Provo", ""},
		{"Please, no password here\nthanks, Ida", ""},
		// other languages
		{"密码：hunter2", "密码：[redacted]"},
		{"新密码: hunter2, パスワード=hunter3", "新密码: [redacted], パスワード=[redacted]"},
		{"CONTRASEÑA: hunter2; Mot de passe: hunter3; Senha: hunter4", "CONTRASEÑA: [redacted]; Mot de passe: [redacted]; Senha: [redacted]"},
		{"注意：屋顶漏水", ""},
		// said in other words
		{"Password - hunter2x", "Password - [redacted]"},
		{"Your login:\npassword\nhunter2x\n", "Your login:\npassword\n[redacted]\n"},
		{"Password\nForgot your password?", ""},
		{"user ida pass hunter2x", "user ida pass [redacted]"},
		{"boarding pass A12345B, a season pass 2026", ""},
		{"the password for the portal is hunter2x.", "the password for the portal is [redacted]."},
		{"the password for the portal is wrong, the password for Power100 is ready", ""},
		{"use code hunter2x as the password", "use code [redacted] as the password"},
		{"hunter2x is my password", "[redacted] is my password"},
		{"It was used as the password, and 12 is my password limit", ""},
		{"Login with ida / hunter2x", "Login with ida / [redacted]"},
		{"login with Google / Facebook, later", ""},
		// cards and numbers of people and accounts
		{"4539.8288.0729.0222.", "[redacted]."},
		{"4539.8288 at 4111.1111", ""},
		{"My social is 078-05-1120", "My social is [redacted]"},
		{"social media 078051120, social: 555-201-3344", ""},
		{"routing_number=110000000&account_number=000123456789", "routing_number=[redacted]&account_number=[redacted]"},
		{"account_number: A-100, city: Boise", ""},
		// no secrets
		{"Pass: 12, fail: 3", ""},
		{"I use LastPass and 1Password: both are great", ""},
		{"Credentials: 20 years in roofing, GAF certified", ""},
		// already done
		{"Bearer [REDACTED] password=[REDACTED] Authorization: [REDACTED]", ""},
	} {
		want := c.want
		if want == "" {
			want = c.in
		}
		if got := clean(t, g, c.in); got != want {
			t.Errorf("\n in   %q\n want %q\n got  %q", c.in, want, got)
		}
	}
}

// traps are pieces that begin like something and lead nowhere.
func traps() []string {
	return []string{
		"sk-", "eyJ", "eyJa.", "%3D", "%", "+", "code ", "code:", `"code":"A1",`, "://", "a://b:", "4111 ", "4111", "----", "-----BEGIN ", "-----END PRIVATE KEY-----",
		"bearer ", "basic a", "password ", "pin 12 ", "ssn ", "<a>", `name="password"`, `form-data; name="password" `, "a=", "a:", `\"a\":`, `"a":`, "token:{", `"token":[`,
		"/reset/", "[redacted]", "password=[redacted]", "ghp_", "=+", "&a=+", "{", `"`, "'", "\\", `\"`, "https://a@", "\n{}\n", "1 is your ", "hooks.slack.com/services/",
		"cookie: a\n", "password,a\n", "password\n", "password: |\n  a\n", "passwords:\n- a\n", "&#112;", "&#", " -u a:b", "curl -u a:b ", "密码：a ", "login a / b1 ", "p\x00a\x00", "\xff\xfe", "4539.",
		"<name>password</name>", `<f n="password">`, "/a:b@", "password - ", " as the password", "password for a is ", "authorization:", "a.b.c.", "code 1234 ", "secret ", "ünï:",
	}
}

// Long texts of traps come through, and come through twice as once.
func TestTraps(t *testing.T) {
	g := New(Options{})
	const size = 1 << 17
	for _, trap := range traps() {
		s := bytes.Repeat([]byte(trap), size/len(trap))
		out := g.AppendText(nil, s)
		if again := g.AppendText(nil, out); !bytes.Equal(again, out) {
			t.Errorf("%q: not idempotent", trap)
		}
	}
}

// A record with very many members of one kind is told of by a few removals.
func TestManyMembers(t *testing.T) {
	g := New(Options{})
	const members = 20_000
	for what, member := range map[string]string{
		"values":      `"value_%d":"x"`,
		"named":       `"name_%d":"password"`,
		"passwords":   `"password_%d":"x"`,
		"dirty names": `"%d is your code, 5555555555554444":1`,
		"words":       `"abc_def_%d":1`,
		"texts":       `"a%d":"{\"password\":\"x\"}"`,
	} {
		var b strings.Builder
		b.WriteString(`{"value":1`)
		for i := range members {
			fmt.Fprintf(&b, ","+member, 1000+i)
		}
		b.WriteByte('}')
		var tp tape.Tape
		if err := tp.Parse([]byte(b.String())); err != nil {
			t.Fatal(err)
		}
		c, told := g.Record(&tp)
		if len(told) > 100 {
			t.Errorf("%s: %d removals", what, len(told))
		}
		if err := tp.Parse(c.JSON()); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestQueryAndHeader(t *testing.T) {
	g := New(Options{})
	for in, want := range map[string]string{
		"":                                "",
		"?token=abc&x=1":                  "?token=[redacted]&x=1",
		"a=1&api_key=x%20y&b=2":           "a=1&api_key=[redacted]&b=2",
		"page=7&sort=created_at":          "page=7&sort=created_at",
		"code=482913":                     "code=[redacted]",
		"X-Amz-Signature=ab&X-Amz-Date=1": "X-Amz-Signature=[redacted]&X-Amz-Date=1",
		"next=%2Fa%3Fpassword%3Dx":        "next=%2Fa%3Fpassword%3D[redacted]",
	} {
		if got := g.Query(in); got != want {
			t.Errorf("Query(%q) = %q, want %q", in, got, want)
		}
	}
	for _, h := range [][3]string{
		{"Authorization", "Bearer abc", Mark}, {"COOKIE", "a=b", Mark}, {"x-api-key", "abc", Mark}, {"Set-Cookie", "a=b; Path=/", Mark},
		{"Referer", "https://a.example/?token=abc", "https://a.example/?token=[redacted]"},
		{"User-Agent", "curl/8.7.1", "curl/8.7.1"}, {"X-Request-Id", "b1f9a9c4", "b1f9a9c4"}, {"Authorization", "[REDACTED]", "[REDACTED]"},
		{"Content-Length", "138", "138"}, {"Cookie", "", ""},
	} {
		if got := g.Header(h[0], h[1]); got != h[2] {
			t.Errorf("Header(%q, %q) = %q, want %q", h[0], h[1], got, h[2])
		}
	}
}

func TestTextBytes(t *testing.T) {
	g := New(Options{})
	if got := string(g.Text([]byte("Ma\xf1ana, password=x\x00y")).JSON()); got != `"Mañana, password=[redacted]\u0000y"` && got != `"Mañana, password=[redacted]"` {
		t.Errorf("got %s", got)
	}
	if c := g.Text([]byte(strings.Repeat("é", 3))); string(c.JSON()) != `"ééé"` || c.Tape() != nil {
		t.Errorf("got %s", c.JSON())
	}
	if c := (Clean{}); c.JSON() != nil || c.Tape() != nil {
		t.Error("the zero Clean holds something")
	}
}

// The byte order mark of a body does not hide what is in it, nor does it when
// the bytes were read as UTF-8 before.
func TestByteOrderMarks(t *testing.T) {
	g := New(Options{})
	for _, c := range []struct {
		mark  string
		width int
		big   bool
	}{{"\xff\xfe", 2, false}, {"\xfe\xff", 2, true}, {"\xff\xfe\x00\x00", 4, false}, {"\x00\x00\xfe\xff", 4, true}} {
		in := c.mark + wideString(`{"password":"hunter2"}`, c.width, c.big)
		for _, in := range []string{in, strings.ToValidUTF8(strings.NewReplacer("\xff", "\ufffd", "\xfe", "\ufffd").Replace(in), "")} {
			if out := string(g.AppendText(nil, []byte(in))); strings.Contains(strings.ReplaceAll(out, "\x00", ""), "hunter2") {
				t.Errorf("%q becomes %q", in, out)
			}
		}
	}
}
