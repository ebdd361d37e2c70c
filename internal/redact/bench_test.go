package redact

import (
	"testing"

	"github.com/power100/tpe/internal/tape"
)

// The records are of the sizes and kinds that the service writes most.
var benchRecords = map[string]string{
	"api_call":      `{"interaction_id":"e8a8f0f5-6f3b-4d8f-9b69-1c1f0b3f2f11","timestamp":"2025-01-01T00:03:11.482Z","interaction_type":"api_call","user_id":"user_013302","user_type":"contractor","session_id":"5a7e4be1-6a43-4d87-8a5f-0d4a7d1ce9b0","api_call":{"method":"GET","path":"/api/v1/partners/search","response_status":200,"response_time_ms":61.07,"request_body":{"state":"NC","service":"plumbing","limit":40,"include_inactive":false,"note":"Resources depends however with this fees","filters":{"min_rating":4.1,"tags":["roofing","solar"]}},"query_params":{"page":"7","sort":"created_at"},"ip_address":"98.201.77.16","user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36"},"metadata":{"app_version":"3.12.0","environment":"production","user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0.0.0 Safari/537.36","ip_address":"98.201.77.16","location":{"country":"US","state":"NC","city":"Charlotte"}},"experiments":{"onboarding_v2":"control","match_ranker":"treatment_a"}}`,
	"ai_concierge":  `{"interaction_id":"0b3a8a34-3a35-4f5f-9df6-0f8d5b5f8e0a","timestamp":"2025-01-01T00:07:42.120Z","interaction_type":"ai_concierge","user_id":"user_000712","user_type":"contractor","conversation_id":"conv_1k3j9d0a","session_id":"b1f9a9c4-5a06-44a4-9e24-2f3ab6e0d9c7","ai_conversation":{"messages":[{"role":"user","content":"Confirm the state licensing requirements before renewal and the \"quoted\" insurance bond, so that our team can review them within two business days.\nThank you again, we would like to know about qualifying agent reciprocity fees.","timestamp":"2025-01-01T00:07:43.120Z","tokens":61},{"role":"assistant","content":"Based on coverage and experience in commercial roofing your profile matched with a score; this depends on the region, however exam results arrive soon. Please upload documents so that our team can review them. Schedule a demo: pricing is available for teams of ten or more. Would you like to know more about the deadline?","timestamp":"2025-01-01T00:07:55.003Z","tokens":80}],"total_tokens":141,"cost":0.002115,"model":"gpt-4o-mini"},"metadata":{"app_version":"3.11.2","environment":"production","user_agent":"okhttp/4.12.0","ip_address":"12.140.3.9","location":{"country":"US","state":"TX","city":"Houston"}},"experiments":{}}`,
	"partner_match": `{"interaction_id":"2c46248a-39f8-41af-a4ed-fdb0c0a0d280","timestamp":"2025-07-28T09:00:03.905Z","interaction_type":"partner_match","user_id":"user_000712","user_type":"contractor","session_id":"20ccdf65-cb50-4183-975e-2c41545a07c7","outcomes":{"partner_matched":true,"partner_id":"partner_0017","match_score":0.72,"match_reasons":["Specializes in your focus areas: operational efficiency","Perfect fit for $76-150M revenue businesses","Ideal timing based on your growth indicators"],"demo_booked":false,"deal_closed":false},"metadata":{"app_version":"3.12.0","environment":"production","user_agent":"tpe-sdk-node/1.9.0","ip_address":"98.201.77.16","location":{"country":"US","state":"NC","city":"Charlotte"}},"experiments":{"onboarding_v2":"control"}}`,
	"dirty":         `{"interaction_id":"3dcfa3b9-c4d6-4509-890f-721e8ea88c52","timestamp":"2025-08-16T10:00:14.881Z","interaction_type":"api_call","user_id":"1","user_type":"admin","api_call":{"method":"PUT","path":"/api/auth/update-password","request_body":{"currentPassword":"LEAKCUR-wrong","newPassword":"LEAKNEW-Passw0rd"},"query_params":{},"response_status":401,"response_time_ms":257},"metadata":{"app_version":"1.0.0","environment":"development","user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36","ip_address":"127.0.0.1","referrer":"http://localhost:3002/contractorflow"}}`,
}

// BenchmarkRecord measures the gate on a parsed record; the dirty one is
// parsed each time, because the gate changes its tape.
func BenchmarkRecord(b *testing.B) {
	for _, name := range []string{"api_call", "ai_concierge", "partner_match", "dirty"} {
		b.Run(name, func(b *testing.B) {
			g := New(Options{})
			src := []byte(benchRecords[name])
			var t tape.Tape
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			if err := t.Parse(src); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if name == "dirty" {
					if err := t.Parse(src); err != nil {
						b.Fatal(err)
					}
				}
				g.Record(&t)
			}
		})
	}
}

// BenchmarkParse is what the tape costs, for comparison.
func BenchmarkParse(b *testing.B) {
	src := []byte(benchRecords["api_call"])
	var t tape.Tape
	for b.Loop() {
		if err := t.Parse(src); err != nil {
			b.Fatal(err)
		}
	}
}
