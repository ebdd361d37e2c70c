package upcast

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

const (
	testID   = "6e572b67-6cd2-4f2e-9543-e7cfbf7b097e"
	testTime = "2025-07-28T09:00:00.126Z"
)

// legacy completes the members of a record to one of the old service.
func legacy(members string) string {
	record := `{"environment":"development","app_version":"1.0.0",` + members
	for name, value := range map[string]string{
		"interaction_id": testID, "timestamp": testTime, "interaction_type": "podcast_interaction",
	} {
		if !strings.Contains(members, `"`+name+`"`) {
			record += `,"` + name + `":"` + value + `"`
		}
	}
	return record + "}"
}

// modern is a record of today with some more members.
func modern(members string) string {
	return `{"interaction_type":"page_view","metadata":{"app_version":"2","environment":"test","user_agent":"","ip_address":""},` + members + `}`
}

// ruleCases has at least one case for each rule: after it, each pointer has
// that value; "" means that nothing is there.
var ruleCases = []struct {
	rule   string
	record string
	want   map[string]string
}{
	{"interaction_id_uuid", legacy(`"interaction_id":"../../evil"`), map[string]string{
		"/interaction_id": `"390833ae-5e6f-50c1-9278-4c4505a1e019"`, "/metadata/original_interaction_id": `"../../evil"`}},
	{"timestamp_utc", legacy(`"timestamp":"2025-07-28T05:00:00-04:00"`), map[string]string{
		"/timestamp": `"2025-07-28T09:00:00.000Z"`, "/metadata/original_timestamp": `"2025-07-28T05:00:00-04:00"`}},
	{"timestamp_utc", modern(`"timestamp":"2026-07-01T01:59:60.5+02:00"`), map[string]string{"/timestamp": `"2026-06-30T23:59:59.999Z"`}},
	{"timestamp_utc", legacy(`"timestamp":"2025-07-28 09:00:00"`), map[string]string{"/timestamp": `"2025-07-28T09:00:00.000Z"`}},
	{"timestamp_utc", legacy(`"timestamp":1753693200126`), map[string]string{"/timestamp": `"2025-07-28T09:00:00.126Z"`, "/metadata/original_timestamp": `1753693200126`}},
	{"timestamp_utc", legacy(`"timestamp":"Mon Jul 28 2025 05:00:00 GMT-0400 (Eastern Daylight Time)"`), map[string]string{"/timestamp": `"2025-07-28T09:00:00.000Z"`}},
	{"timestamp_utc", modern(`"timestamp":"2026-01-01T00:00:00Z","session_id":"x"`), map[string]string{"/timestamp": `"2026-01-01T00:00:00.000Z"`, "/session_id": `"x"`}},
	{"context_in_metadata", legacy(`"user_agent":"curl","referrer":"http://x/","ip_address":null,"metadata":{"referrer":"http://y/"}`), map[string]string{
		"/metadata/environment": `"development"`, "/environment": "", "/metadata/app_version": `"1.0.0"`, "/metadata/user_agent": `"curl"`,
		"/metadata/ip_address": `""`, "/ip_address": "", "/referrer": `"http://x/"`, "/metadata/referrer": `"http://y/"`}},
	{"context_in_metadata", strings.Replace(legacy(`"metadata":"text"`), `"1.0.0"`, `1.0`, 1), map[string]string{
		"/metadata/app_version": `"1.0"`, "/metadata/original_metadata": `"text"`}},
	{"ip_address_plain", legacy(`"ip_address":"::ffff:127.0.0.1"`), map[string]string{"/metadata/ip_address": `"127.0.0.1"`}},
	{"user_id_text", legacy(`"user_id":136,"user_type":"contractor"`), map[string]string{"/user_id": `"136"`, "/user_type": `"contractor"`}},
	{"user_id_text", modern(`"user_id":136,"timestamp":"today"`), map[string]string{"/user_id": `"136"`, "/user_type": ""}},
	{"user_id_from_partner", legacy(`"user_type":"partner","partner_id":23,"interaction_type":"partner_validation"`), map[string]string{"/user_id": `"23"`, "/partner_id": `"23"`}},
	{"user_id_anonymous", legacy(`"action":"viewed"`), map[string]string{"/user_id": `"anonymous"`, "/user_type": `"unknown"`, "/metadata/original_user_id": ""}},
	{"user_id_anonymous", legacy(`"user_id":0`), map[string]string{"/user_id": `"anonymous"`, "/metadata/original_user_id": `"0"`}},
	{"user_id_anonymous", legacy(`"user_id":"undefined","user_type":"contractor"`), map[string]string{"/user_id": `"anonymous"`, "/user_type": `"contractor"`, "/metadata/original_user_id": `"undefined"`}},
	{"user_id_anonymous", legacy(`"user_id":"anon-5"`), map[string]string{"/user_id": `"anonymous"`, "/metadata/original_user_id": `"anon-5"`}},
	{"user_type_known", legacy(`"user_id":"anon-5","user_type":"Contractor"`), map[string]string{"/user_type": `"contractor"`, "/metadata/original_user_type": `"Contractor"`}},
	{"user_type_known", legacy(`"user_id":"anonymous","user_type":"anonymous"`), map[string]string{"/user_id": `"anonymous"`, "/user_type": `"unknown"`}},
	{"user_type_known", legacy(`"user_id":7`), map[string]string{"/user_type": `"contractor"`}},
	{"user_type_known", legacy(`"user_id":7,"user_type":"guest"`), map[string]string{"/user_type": `"contractor"`, "/metadata/original_user_type": `"guest"`}},
	{"user_type_known", legacy(`"user_id":7,"interaction_type":"partner_onboarding"`), map[string]string{"/user_type": `"partner"`}},
	{"user_type_known", legacy(`"user_id":1,"user_type":"unknown","interaction_type":"api_call"`), map[string]string{"/user_id": `"1"`, "/user_type": `"admin"`}},
	{"session_id_aside", legacy(`"session_id":"21abc574-4173-4be4-8445-c1f97b0cee60"`), map[string]string{
		"/session_id": "", "/metadata/original_session_id": `"21abc574-4173-4be4-8445-c1f97b0cee60"`}},
	{"conversation_id_uuid", legacy(`"conversation_id":"chat 7"`), map[string]string{"/conversation_id": "", "/metadata/original_conversation_id": `"chat 7"`}},
	{"partner_id_text", legacy(`"partner_id":23,"outcomes":{"partner_id":24}`), map[string]string{"/partner_id": `"23"`, "/outcomes/partner_id": `"24"`}},
	{"metadata_one_spelling", legacy(`"metadata":{"podcast_name":"A","podcastName":"A","match_score":70,"matchScore":71,"eventDate":"x"}`), map[string]string{
		"/metadata/podcast_name": `"A"`, "/metadata/podcastName": "", "/metadata/match_score": "70", "/metadata/matchScore": "71", "/metadata/eventDate": `"x"`}},
	{"null_removed", legacy(`"outcomes":{"deal_value":null,"action_taken":null},"partner_id":null`), map[string]string{
		"/outcomes/deal_value": "", "/outcomes/action_taken": "null", "/partner_id": ""}},
	{"call_in_object", legacy(`"interaction_type":"api_call","method":"GET","path":"/api/x","query_params":{},"request_body":{},"response_status":200,"response_time_ms":3,"more":1`), map[string]string{
		"/api_call/method": `"GET"`, "/api_call/path": `"/api/x"`, "/api_call/response_status": "200", "/api_call/response_time_ms": "3",
		"/api_call/request_body": "{}", "/method": "", "/path": "", "/more": "1"}},
	{"call_full_path", legacyCall("GET", "/active", "/active", ""), map[string]string{"/api_call/path": `"/api/partners/active"`, "/api_call/route": `"/api/partners/active"`}},
	{"call_full_path", legacyCall("PUT", "/7", "/:id", `{"notes":"x"}`), map[string]string{"/api_call/path": `"/api/bookings/7"`, "/api_call/route": `"/api/bookings/:id"`}},
	{"call_full_path", legacyCall("PUT", "/7", "/:id", `{"website":"x"}`), map[string]string{"/api_call/path": `"/api/partners/7"`}},
	{"call_full_path", legacyCall("PUT", "/7", "/:id", `{"website":"x","notes":"x"}`), map[string]string{"/api_call/path": `"/7"`, "/api_call/path_relative": "true"}},
	{"call_full_path", legacyCall("POST", "/", "/", ""), map[string]string{"/api_call/path": `"/api/partners"`, "/api_call/route": `"/api/partners"`}},
	{"call_full_path", legacyCall("GET", "/", "/", ""), map[string]string{"/api_call/path": `"/"`, "/api_call/path_relative": "true"}},
	{"call_full_path", legacyCall("GET", "/api/admin/dashboard", "/dashboard", ""), map[string]string{"/api_call/path": `"/api/admin/dashboard"`, "/api_call/route": `"/api/admin/dashboard"`}},
	{"call_full_path", strings.Replace(legacyCall("GET", "/dashboard", "/dashboard", ""), `"user_id":1`, `"user_id":"anonymous"`, 1), map[string]string{"/api_call/path": `"/api/partner-portal/dashboard"`}},
	{"query_params_text", strings.Replace(legacyCall("GET", "/active", "/active", ""), `"query_params":{}`, `"query_params":{"a":["1","2"],"b":{"c":"d"},"e":"f"}`, 1), map[string]string{
		"/api_call/query_params/a": `"[\"1\",\"2\"]"`, "/api_call/query_params/b": `"{\"c\":\"d\"}"`, "/api_call/query_params/e": `"f"`}},
	{"deal_value_number", legacy(`"outcomes":{"deal_value":"$12,500"}`), map[string]string{"/outcomes/deal_value": "12500", "/outcomes/deal_value_text": `"$12,500"`}},
	{"deal_value_number", legacy(`"outcomes":{"deal_value":"to be agreed"}`), map[string]string{"/outcomes/deal_value": "", "/outcomes/deal_value_text": `"to be agreed"`}},
	{"satisfaction_in_outcomes", legacy(`"interaction_type":"deal_closed","metadata":{"satisfaction_score":8}`), map[string]string{"/outcomes/satisfaction_score": "8", "/metadata/satisfaction_score": ""}},
	{"concierge_from_conversation", legacy(`"interaction_type":"ai_conversation","messages":[{"role":"user","content":"a"}],"ai_metadata":{"model":"gpt-4","total_tokens":51,"response_time_ms":12,"temperature":0.7}`), map[string]string{
		"/interaction_type": `"ai_concierge"`, "/metadata/original_type": `"ai_conversation"`, "/messages": "", "/ai_metadata": "",
		"/ai_conversation/messages/0/content": `"a"`, "/ai_conversation/total_tokens": "51", "/ai_conversation/duration_ms": "12", "/ai_conversation/temperature": "0.7"}},
	{"concierge_from_conversation", `{"interaction_type":"ai_conversation","timestamp":"` + testTime + `","interaction_id":"` + testID + `"}`, map[string]string{"/ai_conversation/messages": "[]"}},
	{"messages_complete", legacy(`"timestamp":"2025-07-28T09:00:00.126Z","interaction_type":"ai_conversation","messages":[{"role":"user","hasMedia":true},{"role":"ai","content":"b","timestamp":1753693200126}]`), map[string]string{
		"/ai_conversation/messages/0/content": `""`, "/ai_conversation/messages/0/hasMedia": "true", "/ai_conversation/messages/1/role": `"assistant"`,
		"/ai_conversation/messages/1/timestamp": `"2025-07-28T09:00:00.126Z"`}},
	{"feedback_from_submission", legacy(`"interaction_type":"feedback_submission","feedback":{"rating":5,"comments":"good"}`), map[string]string{
		"/interaction_type": `"feedback"`, "/metadata/original_type": `"feedback_submission"`, "/feedback/comment": `"good"`, "/feedback/comments": "", "/feedback/rating": "5"}},
	{"feedback_in_object", legacy(`"interaction_type":"feedback","rating":6,"comment":"c","collection_method":"sms","feedback_metadata":{"collection_method":"sms","survey_version":"v1"}`), map[string]string{
		"/feedback/rating": "6", "/feedback/comment": `"c"`, "/rating": "", "/comment": "", "/feedback_metadata": "", "/collection_method": "",
		"/metadata/collection_method": `"sms"`, "/metadata/survey_version": `"v1"`}},
	{"exposure_from_participation", legacy(`"interaction_type":"experiment_participation","experiment":{"name":"copy","variant":"A","control_group":true}`), map[string]string{
		"/interaction_type": `"experiment_exposure"`, "/experiments/copy": `"A"`, "/experiment/control_group": "true", "/experiment/name": ""}},
	{"reference_from_validation", legacy(`"interaction_type":"partner_validation","validation_type":"reference_check","partner_id":23,"user_type":"partner","result":"passed"`), map[string]string{
		"/interaction_type": `"customer_reference"`, "/metadata/original_type": `"partner_validation"`, "/stakeholder_type": `"customer"`,
		"/validation/validation_type": `"reference_check"`, "/validation/result": `"passed"`, "/validation_type": "", "/result": ""}},
	{"reference_from_validation", legacy(`"interaction_type":"partner_validation","validation_type":"employee_survey","validation_data":{"score":4,"confidenceScore":0.5,"verified":true},"metadata":{"confidence_score":0.5,"verified":true,"collector":"x"}`), map[string]string{
		"/interaction_type": `"employee_feedback"`, "/stakeholder_type": `"employee"`, "/feedback/rating": "4", "/validation/score": "4", "/validation/confidence_score": "0.5",
		"/validation/collector": `"x"`, "/validation_data": "", "/metadata/confidence_score": "", "/metadata/verified": ""}},
	{"form_from_outcome", legacy(`"interaction_type":"business_outcome","outcome_type":"demo_attended","value":35884,"user_id":"136"`), map[string]string{
		"/interaction_type": `"form_submission"`, "/form/name": `"business_outcome"`, "/outcomes/outcome_type": `"demo_attended"`, "/outcomes/value": "35884",
		"/outcomes/demo_booked": "", "/outcome_type": "", "/value": ""}},
	{"number_from_text", legacy(`"outcomes":{"match_score":"72","satisfaction_score":"high"}`), map[string]string{
		"/outcomes/match_score": "72", "/outcomes/satisfaction_score": "", "/outcomes/satisfaction_score_text": `"high"`}},
	{"inner_time_readable", legacy(`"timestamp":"2025-07-28T09:00:00.126Z","outcomes":{"timestamp":"2025-07-28"},"analysis":{"timestamp":"yesterday"}`), map[string]string{
		"/outcomes/timestamp": `"2025-07-28T00:00:00.000Z"`, "/outcomes/timestamp_text": `"2025-07-28"`, "/analysis/timestamp": "", "/analysis/timestamp_text": `"yesterday"`}},
	{"metadata_complete", legacy(`"action":"viewed"`), map[string]string{"/metadata/user_agent": `""`, "/metadata/ip_address": `""`, "/metadata/schema_version": `"1"`}},
}

// legacyCall is a call of an administrator in the old form.
func legacyCall(method, path, route, body string) string {
	if body == "" {
		body = "{}"
	}
	return legacy(`"interaction_type":"api_call","method":"` + method + `","path":"` + path + `","route":"` + route +
		`","query_params":{},"request_body":` + body + `,"response_status":200,"response_time_ms":3,"user_id":1,"user_type":"unknown"`)
}

func TestRules(t *testing.T) {
	for _, c := range ruleCases {
		t.Run(c.rule, func(t *testing.T) {
			out, rules, err := Record(nil, parse(t, c.record))
			if err != nil {
				t.Fatalf("%v in %s", err, c.record)
			}
			if !slices.Contains(rules, c.rule) {
				t.Errorf("only %q changed %s", rules, c.record)
			}
			tp := parse(t, string(out))
			for pointer, want := range c.want {
				got := ""
				if n, ok := tp.Lookup(pointer); ok {
					got = string(tp.Raw(n))
				}
				if got != want {
					t.Errorf("%s is %s, want %s\nfrom %s\nto   %s", pointer, got, want, c.record, out)
				}
			}
			list, _ := tp.Lookup("/metadata/upcast")
			var noted []string
			if err := json.Unmarshal(tp.Raw(list), &noted); err != nil || !slices.Equal(noted, rules) {
				t.Errorf("metadata.upcast is %s, want %q", tp.Raw(list), rules)
			}
		})
	}
}

func TestEveryRuleHasACase(t *testing.T) {
	for _, rule := range Rules() {
		if !slices.ContainsFunc(ruleCases, func(c struct {
			rule   string
			record string
			want   map[string]string
		}) bool {
			return c.rule == rule.Name
		}) {
			t.Errorf("rule %s has no case", rule.Name)
		}
		if rule.About == "" {
			t.Errorf("rule %s says nothing of itself", rule.Name)
		}
	}
}

func TestReadMoney(t *testing.T) {
	for text, want := range map[string]string{
		"$12,500": "12500", "12500": "12500", " 12,500.50 USD": "12500.5", "USD 1,000,000": "1000000", "$1.2M": "1200000", "15k": "15000", "$0.10": "0.1",
		"": "", "free": "", "1,5": "", "€12.500": "", "$": "", "inf": "", "NaN": "", "k": "",
	} {
		if got, ok := readMoney(text); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", text, got, ok, want)
		}
	}
}

func TestRecordRefuses(t *testing.T) {
	for record, reason := range map[string]string{
		`[1]`:                 "not a record: a JSON object is expected",
		`"x"`:                 "not a record: a JSON object is expected",
		`{"app_version":"1"}`: "the record has no interaction_type, or not as text",
		`{"app_version":"1","interaction_type":7}`:                                   "the record has no interaction_type, or not as text",
		`{"app_version":"1","interaction_type":"feedback"}`:                          "the record has no timestamp",
		`{"app_version":"1","interaction_type":"feedback","timestamp":"soon"}`:       "the timestamp cannot be read as a time",
		`{"app_version":"1","interaction_type":"feedback","timestamp":{"a":1}}`:      "the timestamp cannot be read as a time",
		`{"app_version":"1","interaction_type":"feedback","timestamp":1e300}`:        "the timestamp cannot be read as a time",
		`{"app_version":"1","interaction_type":"feedback","timestamp":"0000-01-01"}`: "the timestamp cannot be read as a time",
	} {
		out, rules, err := Record([]byte("kept"), parse(t, record))
		if err == nil || err.Error() != reason || string(out) != "kept" || rules != nil {
			t.Errorf("%s: %q, %q, %v", record, out, rules, err)
		}
	}
}

func TestTodaysRecordIsLeftAlone(t *testing.T) {
	for _, record := range []string{
		modern(`"interaction_id":"` + testID + `", "timestamp" : "` + testTime + `","user_id":"7","user_type":"contractor","session_id":"` + testID + `","api_call":{"path":"/"}`),
		modern(`"app_version":"mine","environment":{"k":1},"timestamp":"` + testTime + `"`), // names of the client's own
		`{"interaction_type":"page_view"}`,
		`{}`,
	} {
		tp := parse(t, record)
		if Needed(tp) {
			t.Errorf("needed: %s", record)
		}
		out, rules, err := Record(nil, tp)
		if want := string(tp.AppendCompact(nil, 0)); string(out) != want || rules != nil || err != nil {
			t.Errorf("got %s, %q, %v, want %s", out, rules, err, want)
		}
	}
}

func TestNothingIsLost(t *testing.T) {
	record := legacy(`"metadata":{"upcast":["x"],"original_session_id":"first"},"session_id":"second","mine":{"deep":[1,{"a":null}]}`)
	out, rules, err := Record(nil, parse(t, record))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"mine":{"deep":[1,{"a":null}]}`, `"original_session_id":"first"`, `"original_session_id_2":"second"`, `"upcast":["x","` + rules[0] + `"`,
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%s is not in %s", want, out)
		}
	}
}
