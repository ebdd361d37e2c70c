package api

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

var typeJSON = []string{"Content-Type", "application/json"}

// loginAs signs in and returns the Authorization header.
func (h *house) loginAs(path, email, password string) (reply, string) {
	h.t.Helper()
	r := h.do("POST", path, fmt.Sprintf(`{"email":%q,"password":%q}`, email, password), typeJSON...)
	var body struct{ Token string }
	if r.status == 200 && (json.Unmarshal([]byte(r.body), &body) != nil || body.Token == "") {
		h.t.Fatalf("no token: %s", r.body)
	}
	return r, "Bearer " + body.Token
}

func TestAdminLogin(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		h.admin("ada@x.example")
		r, token := h.loginAs("/api/auth/login", " Ada@X.example", password)
		if r.status != 200 || !strings.Contains(r.body, `"user":{"id":1,"email":"ada@x.example","full_name":"Ada","is_active":1,"created_at":"2`) {
			t.Fatal(r)
		}
		if c := r.header.Get("Set-Cookie"); !strings.HasPrefix(c, "token=ey") || !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") {
			t.Error(c)
		}
		if r := h.do("GET", "/api/auth/me", "", "Authorization", token); r.status != 200 || strings.TrimSpace(r.body) != `{"success":true,"user":{"id":1,"email":"ada@x.example","full_name":"Ada","is_active":1}}` {
			t.Error(r)
		}
		_, second := h.loginAs("/api/auth/login", "ada@x.example", password)
		h.do("POST", "/api/auth/logout", "", "Authorization", token)
		if r := h.do("GET", "/api/auth/me", "", "Authorization", token); r.status != 401 {
			t.Error("a token that was logged out:", r)
		}
		if r := h.do("GET", "/api/auth/me", "", "Authorization", second); r.status != 200 {
			t.Error("another token of the account:", r)
		}
		change := `{"currentPassword":%q,"newPassword":"Another-horse-8"}`
		if r := h.do("PUT", "/api/auth/update-password", fmt.Sprintf(change, "wrong"), jsonWith("Authorization", second)...); r.status != 401 || !strings.Contains(r.body, `"error":"Current password is incorrect"`) {
			t.Error(r)
		}
		for body, want := range map[string]int{fmt.Sprintf(`{"currentPassword":%q,"newPassword":"password"}`, password): 400, fmt.Sprintf(`{"currentPassword":%q,"newPassword":%q}`, password, password): 409} {
			if r := h.do("PUT", "/api/auth/update-password", body, jsonWith("Authorization", second)...); r.status != want {
				t.Error(r)
			}
		}
		if r := h.do("PUT", "/api/auth/update-password", fmt.Sprintf(change, password), jsonWith("Authorization", second)...); r.status != 200 {
			t.Error(r)
		}
		if r := h.do("GET", "/api/auth/me", "", "Authorization", second); r.status != 401 {
			t.Error("a token from before the change:", r)
		}
		if r, _ := h.loginAs("/api/auth/login", "ada@x.example", password); r.status != 401 {
			t.Error("the old password:", r)
		}
		if r, _ := h.loginAs("/api/auth/login", "ada@x.example", "Another-horse-8"); r.status != 200 {
			t.Error("the new password:", r)
		}
	})
}

func TestLoginLimits(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		h.admin("ada@x.example")
		h.admin("bob@x.example")
		for range loginsAccount {
			if r, _ := h.loginAs("/api/auth/login", "ada@x.example", "wrong"); r.status != 401 {
				t.Fatal(r)
			}
		}
		if r, _ := h.loginAs("/api/auth/login", "ada@x.example", password); r.status != 429 || r.header.Get("Retry-After") == "" || !strings.Contains(r.body, `"success":false`) {
			t.Error(r)
		}
		if r, _ := h.loginAs("/api/auth/login", "bob@x.example", password); r.status != 200 {
			t.Error("another account:", r)
		}
	})
}

// A logout that cannot end the token does not say that it has.
func TestLogoutWithoutDatabase(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		token := h.bearer(h.admin("ada@x.example"))
		if err := h.opts.DB.Close(); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/api/auth/logout", "/api/partner-auth/logout"} {
			if r := h.do("POST", path, "", "Authorization", token); r.status != 503 || r.header.Get("Retry-After") == "" {
				t.Error(path, r)
			}
			if r := h.do("POST", path, ""); r.status != 200 {
				t.Error("without a token:", r)
			}
		}
	})
}

// Who tries one account from one address does not lock its owner out, and who
// tries it from many does not where the owner has signed in before.
func TestLoginLocksNobodyOut(t *testing.T) {
	both(t, func(o *Options) { o.TrustedProxies = prefixes(t, "127.0.0.1/32") }, func(t *testing.T, h *house) {
		h.admin("ada@x.example")
		login := func(from, with string) int {
			return h.do("POST", "/api/auth/login", fmt.Sprintf(`{"email":"ada@x.example","password":%q}`, with), jsonWith("X-Forwarded-For", from)...).status
		}
		if status := login("192.0.2.1", password); status != 200 {
			t.Fatal(status)
		}
		for range loginsAnywhere + 5 {
			login("198.51.100.1", "wrong")
		}
		if status := login("192.0.2.2", password); status != 200 {
			t.Error("after one address has tried:", status)
		}
		for i := range loginsAnywhere {
			login(fmt.Sprintf("203.0.113.%d", i/loginsAccount), "wrong")
		}
		for from, want := range map[string]int{"192.0.2.1": 200, "192.0.2.3": 429} {
			if status := login(from, password); status != want {
				t.Error("after many addresses have tried, from", from, status)
			}
		}
	})
}

// Hashes of the older service verify once as they are, and are replaced.
func TestOldHash(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		old, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		h.change(func(ctx context.Context, tx *sqldb.Tx) error {
			_, err := sqldb.AddAdmin(ctx, tx, "ada@x.example", "Ada", string(old))
			return err
		})
		if r, _ := h.loginAs("/api/auth/login", "ada@x.example", password); r.status != 200 {
			t.Fatal(r)
		}
		h.after.Wait()
		a, _, err := sqldb.AdminByID(context.Background(), h.opts.DB, 1)
		if err != nil || !strings.HasPrefix(a.PasswordHash.String, "$argon2id$") {
			t.Error(a, err)
		}
		if r, _ := h.loginAs("/api/auth/login", "ada@x.example", password); r.status != 200 {
			t.Error(r)
		}
	})
}

func TestPartnerLogin(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		h.partner(6, "sam@x.example")
		r, token := h.loginAs("/api/partner-auth/login", "sam@x.example", password)
		if r.status != 200 || !strings.Contains(r.body, `"partner":{"id":6,"company_name":"Partner 6","email":"sam@x.example"}`) {
			t.Fatal(r)
		}
		if r := h.do("GET", "/api/partner-auth/test", "", "Authorization", token); r.status != 200 || !strings.Contains(r.body, `"partnerUser":{"id":1,"partnerId":6,"email":"sam@x.example","companyName":"Partner 6"}`) {
			t.Error(r)
		}
		if r := h.do("GET", "/api/auth/me", "", "Authorization", token); r.status != 403 {
			t.Error("a partner as an administrator:", r)
		}
		if r, _ := h.loginAs("/api/auth/login", "sam@x.example", password); r.status != 401 {
			t.Error("a partner's user at the administrators' door:", r)
		}
		for _, c := range []struct {
			fresh  string
			status int
		}{{"short", 400}, {"no-capital-7", 400}, {"Another-horse-8", 200}} {
			if r := h.do("PUT", "/api/partner-auth/change-password", fmt.Sprintf(`{"currentPassword":%q,"newPassword":%q}`, password, c.fresh), jsonWith("Authorization", token)...); r.status != c.status {
				t.Error(c.fresh, r)
			}
		}
		if r := h.do("GET", "/api/partner-auth/test", "", "Authorization", token); r.status != 401 {
			t.Error("a token from before the change:", r)
		}
	})
}

func TestVerification(t *testing.T) {
	both(t, func(o *Options) { o.Production = true }, func(t *testing.T, h *house) {
		start := func(email, phone string) reply {
			return h.do("POST", "/api/contractors/verify-start", fmt.Sprintf(`{"name":" Dana W ","email":%q,"phone":%s,"company_name":"Whitfield","readiness":{"x":1}}`, email, phone), typeJSON...)
		}
		code := func(id, code string) reply {
			return h.do("POST", "/api/contractors/verify-code", fmt.Sprintf(`{"contractor_id":%s,"code":%q}`, id, code), typeJSON...)
		}
		r := start("Dana.Whitfield+tpe@Gmail.com", "5552013344")
		if r.status != 200 || strings.TrimSpace(r.body) != `{"success":true,"message":"Verification code sent","contractor":{"id":1,"name":"Dana W","email":"danawhitfield@gmail.com","phone":"5552013344","company_name":"Whitfield"}}` {
			t.Fatal(r)
		}
		if r := start("nobody", `"1"`); r.status != 400 || !strings.Contains(r.body, `"error":"Valid email is required"`) {
			t.Error(r)
		}
		if r := h.do("POST", "/api/contractors/verify-start", `{"email":"a@x.example","phone":"1","company_name":"C"}`, typeJSON...); r.status != 400 || !strings.Contains(r.body, `"error":"Name is required"`) {
			t.Error(r)
		}
		words := strings.Fields(h.sent.last())
		sent := strings.Trim(words[5], ".")
		if r := code("1", "000000x"); r.status != 400 || !strings.Contains(r.body, "Invalid verification code") {
			t.Error(r)
		}
		if r := code("1", developmentCode); sent != developmentCode && r.status != 400 {
			t.Error("the code of development, in production:", r)
		}
		if r := code("99", sent); r.status != 404 {
			t.Error(r)
		}
		// Nobody's profile is open before.
		if r := h.do("PUT", "/api/contractors/1/profile", `{"team_size":3}`, typeJSON...); r.status != 401 {
			t.Error(r)
		}
		r = code(`"1"`, sent)
		var body struct{ Token string }
		if r.status != 200 || json.Unmarshal([]byte(r.body), &body) != nil || body.Token == "" {
			t.Fatal(r)
		}
		cookie, _, _ := strings.Cut(r.header.Get("Set-Cookie"), ";")
		if r := code("1", sent); r.status != 400 || !strings.Contains(r.body, "verification code") {
			t.Error("a code twice:", r)
		}
		if r := start("eve@x.example", "5552013344"); r.status != 409 || !strings.Contains(r.body, "already exists") {
			t.Error("the phone of another:", r)
		}
		profile := `{"service_area":"Columbus, OH","services_offered":["roofing","windows"],"team_size":"24","increased_tools":true,"readiness_indicators":{"a":1}}`
		for name, headers := range map[string][]string{
			"token": {"Authorization", "Bearer " + body.Token}, "cookie": {"Cookie", cookie}, "nothing, from where it was verified": {},
		} {
			r := h.do("PUT", "/api/contractors/1/profile", profile, append(headers, typeJSON...)...)
			if r.status != 200 || !strings.Contains(r.body, `"services_offered":"[\"roofing\",\"windows\"]"`) || !strings.Contains(r.body, `"team_size":24,"increased_tools":1`) || !strings.Contains(r.body, `"verification_code":null`) {
				t.Error(name, r)
			}
		}
		for name, c := range map[string]struct {
			path    string
			headers []string
			status  int
		}{
			"from elsewhere":     {"1", []string{"User-Agent", "another browser"}, 401},
			"another contractor": {"2", []string{"Authorization", "Bearer " + body.Token}, 403},
			"from another site":  {"1", []string{"Cookie", cookie, "Origin", "https://evil.example"}, 403},
			"a wrong cookie":     {"1", []string{"Cookie", contractorCookie + "=x"}, 401},
			"an administrator":   {"1", []string{"Authorization", h.bearer(h.admin("ada@x.example"))}, 200},
			"a partner":          {"1", []string{"Authorization", h.bearer(h.partner(1, "p@x.example"))}, 403},
		} {
			if r := h.do("PUT", "/api/contractors/"+c.path+"/profile", profile, append(c.headers, typeJSON...)...); r.status != c.status {
				t.Error(name, r)
			}
		}
		if r := h.do("GET", "/api/contractors/1/profile", ""); r.status != 401 {
			t.Error("reading needs the token:", r)
		}
		if r := h.do("PUT", "/api/contractors/1/profile", `{"x":1}`, jsonWith("Cookie", cookie)...); r.status != 400 || !strings.Contains(r.body, "No valid fields to update") {
			t.Error(r)
		}
	})
}

// Who is known without a token is one browser of one address: not everybody
// behind a proxy, nor who has a session of another, nor anybody after a logout.
func TestVisitors(t *testing.T) {
	const profile = "/api/contractors/1/profile"
	for name, c := range map[string]struct {
		trusted          bool
		verifier, caller []string
		logout           bool
		status           int
	}{
		"the same browser":               {false, nil, nil, false, 200},
		"behind an unknown proxy":        {false, []string{"X-Forwarded-For", "203.0.113.7"}, []string{"X-Forwarded-For", "203.0.113.7"}, false, 401},
		"a proxy, another not":           {false, nil, []string{"X-Forwarded-For", "203.0.113.7"}, false, 401},
		"behind a known proxy":           {true, []string{"X-Forwarded-For", "203.0.113.7"}, []string{"X-Forwarded-For", "203.0.113.7"}, false, 200},
		"another behind it":              {true, []string{"X-Forwarded-For", "203.0.113.7"}, []string{"X-Forwarded-For", "198.51.100.66"}, false, 401},
		"the same session":               {false, []string{"Cookie", "tpe_session=5615f15e-4c00-4d71-8951-37e5208d6759"}, []string{"Cookie", "tpe_session=5615f15e-4c00-4d71-8951-37e5208d6759"}, false, 200},
		"no session, where there was":    {false, []string{"Cookie", "tpe_session=5615f15e-4c00-4d71-8951-37e5208d6759"}, nil, false, 401},
		"another session":                {false, []string{"Cookie", "tpe_session=5615f15e-4c00-4d71-8951-37e5208d6759"}, []string{"Cookie", "tpe_session=6615f15e-4c00-4d71-8951-37e5208d6759"}, false, 401},
		"after a logout with the token":  {false, nil, nil, true, 401},
		"after a logout without a token": {false, nil, nil, true, 401},
	} {
		h := open(t, func(o *Options) {
			if c.trusted {
				o.TrustedProxies = prefixes(t, "127.0.0.1/32")
			}
		})
		h.do("POST", "/api/contractors/verify-start", `{"name":"D","email":"d@x.example","phone":"1","company_name":"C"}`, typeJSON...)
		r := h.do("POST", "/api/contractors/verify-code", `{"contractor_id":1,"code":"123456"}`, jsonWith(c.verifier...)...)
		var body struct{ Token string }
		if r.status != 200 || json.Unmarshal([]byte(r.body), &body) != nil {
			t.Fatal(r)
		}
		if c.logout {
			headers := []string{}
			if strings.HasSuffix(name, "the token") {
				headers = append(headers, "Authorization", "Bearer "+body.Token, "User-Agent", "another browser")
			}
			h.do("POST", "/api/auth/logout", "", headers...)
		}
		if r := h.do("PUT", profile, `{"team_size":3}`, jsonWith(c.caller...)...); r.status != c.status {
			t.Errorf("%s: %v", name, r)
		}
		if told := strings.Contains(h.logs.String(), "TRUSTED_PROXIES"); told != (c.caller != nil && c.caller[0] == "X-Forwarded-For" && !c.trusted) {
			t.Errorf("%s: told is %v", name, told)
		}
	}
}

// A contractor comes back, on another device or when the token has expired, by
// a code to the phone that is known, and to what was there.
func TestComeBack(t *testing.T) {
	both(t, func(o *Options) { o.Production = true }, func(t *testing.T, h *house) {
		dana := h.contractor("dana@x.example") // whose phone is written like the address
		h.call(dana, "PUT", "/api/contractors/"+dana.UserID+"/profile", `{"current_stage":"matching"}`, 200, nil)
		r := h.do("POST", "/api/contractors/verify-start", `{"name":"Eve","email":"dana@x.example","phone":"5559999999","company_name":"Eve's"}`, typeJSON...)
		if r.status != 200 || !strings.Contains(r.body, `"id":`+dana.UserID) || h.sent.list[len(h.sent.list)-1][0] != "dana@x.example" {
			t.Fatal(r, h.sent.list)
		}
		sent := strings.Trim(strings.Fields(h.sent.last())[5], ".")
		r = h.do("POST", "/api/contractors/verify-code", fmt.Sprintf(`{"contractor_id":%s,"code":%q}`, dana.UserID, sent), typeJSON...)
		var body struct{ Token string }
		if r.status != 200 || json.Unmarshal([]byte(r.body), &body) != nil {
			t.Fatal(r)
		}
		r = h.do("GET", "/api/contractors/"+dana.UserID+"/profile", "", "Authorization", "Bearer "+body.Token)
		if r.status != 200 || !strings.Contains(r.body, `"name":"Dana"`) || !strings.Contains(r.body, `"phone":"dana@x.example"`) || !strings.Contains(r.body, `"current_stage":"matching"`) || !strings.Contains(r.body, `"verification_status":"verified"`) {
			t.Error(r)
		}
	})
}

func TestCodeTries(t *testing.T) {
	both(t, func(o *Options) { o.Production = true }, func(t *testing.T, h *house) {
		begin := func() {
			if r := h.do("POST", "/api/contractors/verify-start", `{"name":"D","email":"d@x.example","phone":"1","company_name":"C"}`, typeJSON...); r.status != 200 {
				t.Fatal(r)
			}
		}
		try := func(want int) {
			t.Helper()
			if r := h.do("POST", "/api/contractors/verify-code", `{"contractor_id":1,"code":"nothing"}`, typeJSON...); r.status != want {
				t.Fatal(r)
			}
		}
		begin()
		for range codeTries {
			try(400)
		}
		try(429)
		begin() // a new code can be tried again
		try(400)
		h.sent.err = tpe.Errorf(tpe.Unavailable, "no line")
		if r := h.do("POST", "/api/contractors/verify-start", `{"name":"D","email":"e@x.example","phone":"2","company_name":"C"}`, typeJSON...); r.status != 503 {
			t.Error(r)
		}
	})
}

func TestCodeExpires(t *testing.T) {
	var later atomic.Int64
	h := open(t, func(o *Options) { o.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) } })
	h.do("POST", "/api/contractors/verify-start", `{"name":"D","email":"d@x.example","phone":"1","company_name":"C"}`, typeJSON...)
	later.Store(int64(codeLife + time.Second))
	if r := h.do("POST", "/api/contractors/verify-code", `{"contractor_id":1,"code":"123456"}`, typeJSON...); r.status != 400 || !strings.Contains(r.body, "Verification code has expired") {
		t.Error(r)
	}
}

// Many addresses for one phone get no more codes than one address does.
func TestCodesOfOnePhone(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		phones := []string{"(555) 201-3344", "+1 555 201 3344", "5552013344"}
		for i := range codeSends + 3 {
			want := 200
			if i >= codeSends {
				want = 429
			}
			if r := h.do("POST", "/api/contractors/verify-start", fmt.Sprintf(`{"name":"D","email":"d%d@x.example","phone":%q,"company_name":"C"}`, i, phones[i%len(phones)]), typeJSON...); r.status != want {
				t.Error(i, r)
			}
		}
	})
}

// Without a provider nobody is told in production that a message is under way.
func TestWithoutProvider(t *testing.T) {
	for production, want := range map[bool]int{false: 200, true: 503} {
		h := open(t, func(o *Options) { o.Production, o.Notify = production, nil })
		r := h.do("POST", "/api/contractors/verify-start", `{"name":"D","email":"d@x.example","phone":"5552013344","company_name":"C"}`, typeJSON...)
		if r.status != want || (want == 503) != strings.Contains(r.body, "could not be sent") {
			t.Error(production, r)
		}
		sam := h.partner(6, "sam@x.example")
		r = h.do("POST", "/api/partners/6/invitations", `{"kind":"employee","email":"e@x.example"}`, jsonWith("Authorization", h.bearer(sam))...)
		if (r.status == 503) != production || production != strings.Contains(r.body, "could not be sent") {
			t.Error(production, r)
		}
	}
}

// What is wrong with a request is said in plain sentences, those of the older
// service where it had some.
func TestFaultsInWords(t *testing.T) {
	h := open(t, nil)
	ada := h.admin("ada@x.example")
	h.partner(6, "sam@x.example")
	for _, c := range []struct{ method, path, body, want string }{
		{"POST", "/api/contractors/verify-start", `{"name":"","email":"a@x.example","phone":"1","company_name":"C"}`, "Name is required"},
		{"POST", "/api/contractors/verify-start", `{"name":" ","email":"a@x.example","phone":"1","company_name":"C"}`, "Name is required"},
		{"POST", "/api/contractors/verify-start", `{"name":{},"email":"a@x.example","phone":"1","company_name":"C"}`, "Name is not valid"},
		{"POST", "/api/contractors/verify-start", `{"name":"a","email":"","phone":"1","company_name":"C"}`, "Valid email is required"},
		{"POST", "/api/contractors/verify-start", `{"name":"a","phone":"1","company_name":"C"}`, "Valid email is required"},
		{"POST", "/api/contractors/verify-start", `{"name":"a","email":"a@x.example","company_name":"C"}`, "Phone number is required"},
		{"POST", "/api/contractors/verify-start", `{"name":"a","email":"a@x.example","phone":"1"}`, "Company name is required"},
		{"POST", "/api/auth/login", `{"email":"a@x.example","password":""}`, "Password is required"},
		{"POST", "/api/auth/login", `{"email":"a@x.example","password":7}`, "Password must be a text"},
		{"POST", "/api/partners", `{"company_name":"C","contact_email":"a@x.example","target_revenue_range":[]}`, "Focus areas must be an array"},
		{"PUT", "/api/auth/update-password", `{"currentPassword":"a","newPassword":"b"}`, "New password must be at least 8 characters long"},
		{"PUT", "/api/partners-enhanced/6/powerconfidence", `{"score":0}`, "Score must be between 0 and 100"},
		{"PUT", "/api/partners-enhanced/6/powerconfidence", `{"score":101}`, "Score must be between 0 and 100"},
		{"POST", "/api/bulk/contractors/delete", `{}`, "contractor_ids array is required"},
		{"POST", "/api/bulk/contractors/delete", `{"contractor_ids":[]}`, "contractor_ids array is required"},
		{"POST", "/api/feedback/surveys", `{"contractorId":1,"surveyType":"x"}`, "Partner ID is required"},
		{"GET", "/api/contractors?limit=0", ``, "Limit must be at least 1"},
	} {
		if r := h.call(ada, c.method, c.path, c.body, 400, nil); !strings.Contains(r.body, `"error":"`+c.want+`"`) || !strings.Contains(r.body, `"message":"`+c.want+`"`) {
			t.Errorf("%s: %s", c.body, r.body)
		}
	}
	if r := h.do("GET", "/api/partners/active", ""); r.header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Error(r.header)
	}
}
