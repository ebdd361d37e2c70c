package redact

import (
	"fmt"
	"reflect"
	"sync"
	"testing"

	"github.com/power100/tpe/internal/tape"
)

func record(t *testing.T, g *Gate, in string) (string, []Removal) {
	t.Helper()
	var tp tape.Tape
	if err := tp.Parse([]byte(in)); err != nil {
		t.Fatal(err)
	}
	c, told := g.Record(&tp)
	return string(c.JSON()), told
}

func TestRecord(t *testing.T) {
	g := New(Options{})
	for _, c := range []struct{ in, want string }{
		// forms and their checks
		{`{"pin":{"value":"1234","touched":true},"ssn":{"value":1}}`, `{"pin":{"value":"[redacted]","touched":true},"ssn":{"value":"[redacted]"}}`},
		{`{"errors":[{"type":"field","value":"hunter2","msg":"too short","path":"newPassword"}]}`, `{"errors":[{"type":"field","value":"[redacted]","msg":"too short","path":"newPassword"}]}`},
		{`[{"op":"replace","path":"/user/password","value":"x"},{"op":"add","path":"/city","value":"Boise"}]`, `[{"op":"replace","path":"/user/password","value":"[redacted]"},{"op":"add","path":"/city","value":"Boise"}]`},
		{`{"field":"token","old_value":"a","newValue":"b"}`, `{"field":"token","old_value":"[redacted]","newValue":"[redacted]"}`},
		{`{"label":"Your verification code","value":"LX-1"}`, `{"label":"Your verification code","value":"[redacted]"}`},
		{`{"name":"Password reset page was seen","value":5}`, ``},
		{`{"name":"LCP","value":1200.5,"path":"/reset-password"}`, ``},
		{`{"answers":[{"question":"What is your password?","answer":"x"},{"question":"Who referred you?","answer":"Ida"}]}`, `{"answers":[{"question":"What is your password?","answer":"[redacted]"},{"question":"Who referred you?","answer":"Ida"}]}`},
		{`{"experiments":{"token_pricing":"A","password":"x"}}`, `{"experiments":{"token_pricing":"A","password":"[redacted]"}}`},
		{`{"headers":["Cookie: a=b","Host: h"]}`, `{"headers":["Cookie: [redacted]","Host: h"]}`},
		// codes
		{`{"error":{"code":42703},"errors":[{"code":"23505"}],"partner":{"code":1234}}`, ``},
		{`{"verification":{"code":"LX-1","channel":"sms"}}`, `{"verification":{"code":"[redacted]","channel":"sms"}}`},
		{`{"code":{"value":"123456"}}`, `{"code":{"value":"[redacted]"}}`},
		{`{"code":200,"status":404}`, ``},
		{`{"code":"not_found"}`, ``},
		{`{"body":[{"code":"not_found"}],"query":{"code":"US","format":"csv"}}`, `{"body":[{"code":"[redacted]"}],"query":{"code":"US","format":"csv"}}`},
		{`{"invitation":"K7QW2M9XZT","invite":{"invitation":"b1f9a9c4-5a06-44a4-9e24-2f3ab6e0d9c7"},"query_params":{"sid":"s3cr3t"}}`, `{"invitation":"[redacted]","invite":{"invitation":"[redacted]"},"query_params":{"sid":"[redacted]"}}`},
		{`{"invitation":"2026-11-23","invite":"ida@a.example","invitations":["K7QW2M9XZT"],"session":"K7QW2M9XZT","invitation_id":"K7QW2M9XZT"}`, ``},
		// named by what stands beside
		{`{"id":"password","text":"hunter2"}`, `{"id":"password","text":"[redacted]"}`},
		{`[{"text":"hunter2","name":"new_password"},{"name":"city","text":"Boise"},{"type":"token","text":"Hello"}]`, `[{"text":"[redacted]","name":"new_password"},{"name":"city","text":"Boise"},{"type":"token","text":"Hello"}]`},
		{`{"id":"password-reset","text":"How do I reset my password?"}`, ``},
		{`{"query":"mutation($p:String!){login(email:\"a\",password:$p){t}}","variables":{"p":"hunter2","q":"kept"}}`, `{"query":"mutation($p:String!){login(email:\"a\",password:[redacted]}}","variables":{"p":"[redacted]","q":"kept"}}`},
		{`{"variables":{"p":"kept"},"query":"query($p:String!){partner(name: $p){id}}"}`, ``},
		{`{"routing_number":"110000000","account_number":"000123456789"}`, `{"routing_number":"[redacted]","account_number":"[redacted]"}`},
		{`{"account_number":"A-100","accountNumber":17}`, ``},
		// nothing to hide
		{`{"credentials":"GAF Master Elite, 20 years","auth":"none","a":{"auth":"basic"}}`, ``},
		{`{"password":"","token":null,"secret":false,"cookies":{},"tokens":[1,2],"otp":"[REDACTED]"}`, ``},
		{`{"password":{"changed":true,"list":[]}}`, ``},
		{`{"credentials":"Licensed, bonded and insured"}`, ``},
		{`{"has_password":1,"is_otp":"yes","show_pin":"x"}`, `{"has_password":1,"is_otp":"yes","show_pin":"[redacted]"}`},
		// lists
		{`{"passwords":["a",1,[{"x":"b"}]],"keep":["c"]}`, `{"passwords":["[redacted]","[redacted]",[{"x":"[redacted]"}]],"keep":["c"]}`},
		{`{"required":["email","password","name"]}`, ``},
		{`{"pin":[1,2,3,4]}`, `{"pin":["[redacted]","[redacted]","[redacted]","[redacted]"]}`},
		// numbers
		{`{"n":4111111111111111,"m":4111111111111112,"f":4111111111111111.5,"e":41111111111111110000}`, `{"n":"[redacted]","m":4111111111111112,"f":4111111111111111.5,"e":41111111111111110000}`},
		// names
		{`{"p\u0061ssword":"x"}`, `{"p\u0061ssword":"[redacted]"}`},
		{`{"4111 1111 1111 1111":1,"5555555555554444":2,"[redacted]":3}`, `{"a~[redacted]":1,"b~[redacted]":2,"[redacted]":3}`},
		// what is not touched keeps its spelling
		{"{ \"a\" : \"\\u00e9\\/\" ,\n\t\"password\" : \"x\" , \"n\" : 1.50E+2 }", "{ \"a\" : \"\\u00e9\\/\" ,\n\t\"password\" : \"[redacted]\" , \"n\" : 1.50E+2 }"},
		{`"password=x"`, `"password=[redacted]"`},
		{`"{\"pin\":\"1\"}"`, `"{\"pin\":\"[redacted]\"}"`},
		{`17`, ``},
	} {
		want := c.want
		if want == "" {
			want = c.in
		}
		if got, _ := record(t, g, c.in); got != want {
			t.Errorf("\n in   %s\n want %s\n got  %s", c.in, want, got)
		}
		if got := clean(t, g, c.in); got != want && c.in != `17` {
			t.Errorf("as text\n in   %s\n want %s\n got  %s", c.in, want, got)
		}
	}
}

// Records as the service before wrote them, and what becomes of them.
func TestOldRecords(t *testing.T) {
	g := New(Options{})
	for _, c := range []struct {
		in, want string
		told     []Removal
	}{
		{
			`{"interaction_id":"3dcfa3b9-c4d6-4509-890f-721e8ea88c52","timestamp":"2025-08-16T10:00:14.881Z","interaction_type":"api_call","method":"PUT","path":"/api/auth/update-password","route":"/update-password","user_id":1,"request_body":{"currentPassword":"LEAKCUR-wrong","newPassword":"LEAKNEW-Passw0rd"},"query_params":{},"response_status":401,"ip_address":"::ffff:127.0.0.1","referrer":"http://localhost:3002/contractorflow","session_id":"c1593805-3b03-4ebd-bba9-5ce7a3e50038"}`,
			`{"interaction_id":"3dcfa3b9-c4d6-4509-890f-721e8ea88c52","timestamp":"2025-08-16T10:00:14.881Z","interaction_type":"api_call","method":"PUT","path":"/api/auth/update-password","route":"/update-password","user_id":1,"request_body":{"currentPassword":"[redacted]","newPassword":"[redacted]"},"query_params":{},"response_status":401,"ip_address":"::ffff:127.0.0.1","referrer":"http://localhost:3002/contractorflow","session_id":"c1593805-3b03-4ebd-bba9-5ce7a3e50038"}`,
			[]Removal{{"/request_body/currentPassword", "password"}, {"/request_body/newPassword", "password"}},
		},
		{
			`{"interaction_type":"api_call","path":"/verify-code","request_body":{"contractor_id":332,"code":"LEAKCODE"},"metadata":{"headers":{"authorization":"[REDACTED]","host":"127.0.0.1:5055","content-length":"138"}}}`,
			`{"interaction_type":"api_call","path":"/verify-code","request_body":{"contractor_id":332,"code":"[redacted]"},"metadata":{"headers":{"authorization":"[REDACTED]","host":"127.0.0.1:5055","content-length":"138"}}}`,
			[]Removal{{"/request_body/code", "code"}},
		},
		{
			`{"interaction_type":"demo_booking","outcomes":{"booking_date":"2025-08-21","booking_time":"14:30"},"metadata":{"special_instructions":"Ask for Erin, gate code 4471"}}`, ``, nil,
		},
		{
			`{"interaction_type":"feedback_submission","feedback":{"rating":3,"comments":"Too pushy – call me at (555) 201-3364","would_recommend":false}}`, ``, nil,
		},
		{
			`{"interaction_type":"ai_conversation","messages":[{"role":"user","content":"What should my marketing spend be?"},{"role":"assistant","content":"Your profile: expertise in Family. Score 17-20 of 5,000.","responseTime":12}],"ai_metadata":{"total_tokens":73,"cost":0.0021899999999999997}}`, ``, nil,
		},
		{
			`{"request_body":{"name":"Erin Kowalski","phone":"+1 555 410 1334","contact_phone":"5553100333","ceo_contact_phone":"+12015550101","established_year":"1996","why":"In each zip code. Zip-level routing","timestamp":"2026-11-23T09:14:24.092Z"},"outcomes":{"deal_value":"$12,500","match_reasons":["Perfect fit for $76-150M revenue businesses"]}}`, ``, nil,
		},
	} {
		want := c.want
		if want == "" {
			want = c.in
		}
		got, told := record(t, g, c.in)
		if got != want {
			t.Errorf("\n want %s\n got  %s", want, got)
		}
		if !reflect.DeepEqual(told, c.told) {
			t.Errorf("told %v, want %v", told, c.told)
		}
	}
}

// The tape of a changed record is that of the clean bytes, and the clean path
// neither copies nor allocates.
func TestRecordTape(t *testing.T) {
	g := New(Options{})
	src := []byte(benchRecords["dirty"])
	var tp tape.Tape
	if err := tp.Parse(src); err != nil {
		t.Fatal(err)
	}
	c, _ := g.Record(&tp)
	if v, ok := c.Tape().Find("api_call", "request_body", "newPassword"); !ok || c.Tape().Text(v) != Mark {
		t.Error("the tape is not that of the clean record")
	}
	for name, r := range benchRecords {
		if name == "dirty" {
			continue
		}
		if err := tp.Parse([]byte(r)); err != nil {
			t.Fatal(err)
		}
		if c, told := g.Record(&tp); &c.JSON()[0] != &tp.Src[0] || told != nil {
			t.Errorf("%s: a clean record was changed: %v", name, told)
		}
		// Not by Record: the race detector makes its pool forget.
		w := g.state()
		if n := testing.AllocsPerRun(100, func() { w.settle(&tp, &g.plain) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		g.release(w)
	}
}

func TestConcurrentUse(t *testing.T) {
	g := New(Options{})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			var tp tape.Tape
			for k := range 200 {
				in := fmt.Sprintf(`{"name_%d_%d":"x","new_password":"p","body":"{\"token\":\"%d\"}"}`, i, k, k)
				if err := tp.Parse([]byte(in)); err != nil {
					t.Error(err)
				}
				want := fmt.Sprintf(`{"name_%d_%d":"x","new_password":"[redacted]","body":"{\"token\":\"[redacted]\"}"}`, i, k)
				if c, _ := g.Record(&tp); string(c.JSON()) != want {
					t.Errorf("got %s", c.JSON())
				}
			}
		})
	}
	wg.Wait()
}
