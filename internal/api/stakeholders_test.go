package api

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/erase"
	"github.com/power100/tpe/internal/person"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// invited makes an invitation and returns the code of its link.
func (h *house) invited(as auth.Identity, partner int, kind, email string) string {
	h.t.Helper()
	r := h.call(as, "POST", fmt.Sprintf("/api/partners/%d/invitations", partner), fmt.Sprintf(`{"kind":%q,"email":%q,"name":"Robin Vale"}`, kind, email), 201, nil)
	m := regexp.MustCompile(`#invitation=([A-Z0-9]+)`).FindStringSubmatch(h.sent.last())
	if m == nil {
		h.t.Fatal("no link in", h.sent.last())
	}
	if strings.Contains(r.body, m[1]) {
		h.t.Error("the link is told:", r.body)
	}
	return m[1]
}

// Nothing that a stakeholder has said is left after an erasure: neither in the
// database nor in the lake, where the requests do not say whose they are.
func TestEraseAnswers(t *testing.T) {
	both(t, func(o *Options) { o.Origins = []string{"https://front.example"} }, func(t *testing.T, h *house) {
		ada := h.admin("ada@x.example")
		h.partner(1, "sam@x.example")
		for kind, path := range map[string]string{"employee": "/api/partners/1/employee-feedback", "customer": "/api/partners/1/customer-reference"} {
			code := h.invited(ada, 1, kind, "robin@x.example")
			for _, try := range []struct {
				rating int
				key    string
				status int
			}{{99, "a", 400}, {8, "b", 201}, {8, "b", 201}, {7, "b", 409}, {7, "c", 409}} { // the third is the second again
				body := fmt.Sprintf(`{"invitation_token":%q,"name":"Robin Bell","rating":%d,"comment":"It takes us two weeks."}`, code, try.rating)
				if r := h.do("POST", path, body, jsonWith("Idempotency-Key", kind+try.key)...); r.status != try.status {
					t.Error(try, r)
				}
			}
		}
		robin := h.contractor("robin@x.example").UserID
		var made struct {
			Survey     struct{ ID int64 }
			Invitation string
		}
		h.call(ada, "POST", "/api/feedback/surveys", `{"partnerId":1,"contractorId":`+robin+`,"surveyType":"q"}`, 201, &made)
		for _, try := range []struct{ rating, status int }{{99, 400}, {8, 201}, {7, 409}} {
			h.call(auth.Identity{}, "POST", "/api/feedback/submit-response", fmt.Sprintf(`{"surveyId":"%d-%s","overallSatisfaction":%d,"additionalComments":"Robin Bell: it takes two weeks."}`, made.Survey.ID, made.Invitation, try.rating), try.status, nil)
		}
		said := func() (n int) {
			for _, r := range h.records("") {
				if b, _ := json.Marshal(r); strings.Contains(string(b), "Robin Bell") || strings.Contains(string(b), "two weeks") {
					n++
				}
			}
			return n
		}
		if n := said(); n != 6 {
			t.Errorf("%d records, of three answers and their requests", n)
		}
		mail, err := person.ParseID(person.Email, "robin@x.example")
		if err != nil {
			t.Fatal(err)
		}
		persons := sqldb.Persons{DB: h.opts.DB}
		who, err := persons.Identify(t.Context(), person.New("", mail))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := erase.Run(t.Context(), erase.Options{Lake: h.opts.Lake, Person: who, Places: []erase.Place{persons}, Wait: 10 * time.Second}); err != nil {
			t.Fatal(err)
		}
		if n := said(); n != 0 {
			t.Errorf("%d records are left", n)
		}
		if left, err := persons.Look(t.Context(), who, func(string) {}); err != nil || !left.Empty() {
			t.Errorf("%+v, %v", left, err)
		}
	})
}

func TestInvitation(t *testing.T) {
	var later atomic.Int64 // how far the clock of the server is ahead
	clock := func(o *Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
		o.Origins = []string{"https://front.example"}
	}
	both(t, clock, func(t *testing.T, h *house) {
		later.Store(0)
		ada, sam := h.admin("ada@x.example"), h.partner(1, "sam@x.example")
		h.partner(2, "kim@x.example")
		first := h.invited(sam, 1, "employee", " Robin+work@gmail.com ")
		if !strings.Contains(h.sent.last(), "https://front.example/employee-feedback?partner=1#invitation=") {
			t.Error(h.sent.last())
		}
		second := h.invited(ada, 1, "employee", "robin@gmail.com")
		say := func(as auth.Identity, path, code string, status int) reply {
			t.Helper()
			return h.call(as, "POST", "/api/partners/"+path, fmt.Sprintf(`{"invitation_token":%q,"rating":8,"comment":"We answer within a day.","would_recommend":true,"role":"Installer","email":"other@x.example"}`, code), status, nil)
		}
		say(nobody, "1/employee-feedback", "", 401)
		say(sam, "1/employee-feedback", "", 401)
		say(nobody, "1/employee-feedback", first, 401) // the second made it void
		say(nobody, "2/employee-feedback", second, 401)
		say(nobody, "1/customer-reference", second, 401)
		say(sam, "1/employee-feedback", second, 201)
		say(nobody, "1/employee-feedback", second, 409)
		h.call(ada, "POST", "/api/partners/1/invitations", `{"kind":"employee","email":"robin@gmail.com"}`, 409, nil)
		h.call(ada, "POST", "/api/partners/99/invitations", `{"kind":"employee","email":"robin@gmail.com"}`, 404, nil)
		h.call(sam, "POST", "/api/partners/2/invitations", `{"kind":"employee","email":"robin@gmail.com"}`, 403, nil)

		list := h.records(tpe.TypeEmployeeFeedback)
		if len(list) != 1 || list[0]["user_id"] != tpe.Anonymous || list[0]["stakeholder_type"] != "employee" || list[0]["partner_id"] != "1" || list[0].at("feedback", "rating") != 8.0 || list[0].at("feedback", "would_recommend") != true {
			t.Error(list)
		}
		for _, r := range h.records(tpe.TypeAPICall) {
			if b, _ := json.Marshal(r); strings.Contains(string(b), second) || strings.Contains(string(b), first) {
				t.Errorf("the lake tells the code of an invitation: %s", b)
			}
		}
		r := h.call(ada, "GET", "/api/partners/1/employee-feedback", "", 200, nil)
		for _, want := range []string{`"name":"Robin Vale","email":"robin@gmail.com","role_or_company":"Installer"`, list[0]["interaction_id"].(string), `"respondents":1`} {
			if !strings.Contains(r.body, want) {
				t.Error(want, r.body)
			}
		}
		if r := h.call(ada, "GET", "/api/partners/1/invitations", "", 200, nil); !strings.Contains(r.body, `"total":1`) || strings.Contains(r.body, `"used_at":null`) || strings.Contains(r.body, "hash") {
			t.Error(r.body)
		}
		h.sent.err = tpe.Errorf(tpe.Unavailable, "no line")
		h.call(ada, "POST", "/api/partners/1/invitations", `{"kind":"customer","email":"carl@x.example"}`, 503, nil)
		h.sent.err = tpe.Errorf(tpe.Invalid, "no address")
		h.call(ada, "POST", "/api/partners/1/invitations", `{"kind":"customer","email":"carl@x.example"}`, 400, nil)
		h.sent.err = nil
		late := h.invited(ada, 1, "customer", "carl@x.example")
		later.Store(int64(invitationLife + time.Second))
		say(nobody, "1/customer-reference", late, 401)
	})
}

func TestAnswersStayAnonymous(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		ada, sam := h.admin("ada@x.example"), h.partner(1, "sam@x.example")
		kim := h.partner(2, "kim@x.example")
		for _, path := range []string{"/api/partners/1/employee-feedback", "/api/partners/1/customer-reference"} {
			for i := range 5 {
				if r := h.call(sam, "GET", path, "", 200, nil); !strings.Contains(r.body, fmt.Sprintf(`"respondents":%d,"needed":5,"feedback":[]`, i)) {
					t.Error(r.body)
				}
				body := fmt.Sprintf(`{"email":"p%d@x.example","name":"Person%d Vale","rating":%d,"comment":"%d words by heart","answers":[{"question":"How fast?","answer":"A day"}]}`, i, i, i+4, 9-i)
				if i == 3 {
					body = `{"email":"p3@x.example","rating":7,"comment":"Ask person1 about it"}`
				}
				h.call(ada, "POST", path, body, 201, nil)
				h.call(ada, "POST", path, body, 409, nil)
			}
			r := h.call(sam, "GET", path, "", 200, nil)
			for _, private := range []string{"Person", "person", "x.example", "Vale", "created_at", `"id"`, "interaction"} {
				if strings.Contains(r.body, private) {
					t.Errorf("the partner sees %q: %s", private, r.body)
				}
			}
			if !strings.Contains(r.body, `"respondents":5`) || !strings.Contains(r.body, "withheld") || strings.Index(r.body, "5 words") > strings.Index(r.body, "9 words") {
				t.Error(r.body)
			}
			if r := h.call(sam, "GET", path+"?limit=2&offset=4", "", 200, nil); !strings.Contains(r.body, `"count":1,"total":5`) {
				t.Error(r.body)
			}
			h.call(kim, "GET", path, "", 403, nil)
			h.call(nobody, "GET", path, "", 401, nil)
			if r := h.call(ada, "GET", path, "", 200, nil); !strings.Contains(r.body, "Person4 Vale") {
				t.Error(r.body)
			}
		}
		list := h.records(tpe.TypeCustomerReference)
		if len(list) != 5 || list[0].at("validation", "collector") != "administrator" || list[0].at("validation", "verified") != false || list[0].at("validation", "score") != 4.0 || list[0]["user_type"] != tpe.UserAdmin {
			t.Error(list)
		}
		h.call(ada, "POST", "/api/partners/99/customer-reference", `{"rating":7,"comment":"x"}`, 404, nil)
		h.call(ada, "POST", "/api/partners/1/customer-reference", `{"rating":11,"comment":"x"}`, 400, nil)
	})
}

// One person answers once, also at once.
func TestAnswersAtOnce(t *testing.T) {
	both(t, nil, func(t *testing.T, h *house) {
		ada := h.admin("ada@x.example")
		h.partner(1, "sam@x.example")
		code := h.invited(ada, 1, "employee", "robin@x.example")
		var mu sync.Mutex
		got := map[int]int{}
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				body, headers := fmt.Sprintf(`{"invitation_token":%q,"rating":8,"comment":"x"}`, code), typeJSON
				if i%2 == 0 {
					body, headers = `{"email":"robin@x.example","rating":8,"comment":"x"}`, append([]string{"Authorization", h.bearer(ada)}, typeJSON...)
				}
				r, err := h.try("POST", "/api/partners/1/employee-feedback", body, headers...)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				got[r.status]++
				mu.Unlock()
			})
		}
		wg.Wait()
		if got[201] != 1 || got[409] != 15 || len(h.records(tpe.TypeEmployeeFeedback)) != 1 {
			t.Error(got)
		}
	})
}
