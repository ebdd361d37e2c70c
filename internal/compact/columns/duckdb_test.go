package columns

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// duckdb asks DuckDB one question about a file, which it calls interactions.
func duckdb(t *testing.T, path, question string) string {
	t.Helper()
	peers := os.Getenv("TPE_PEERS")
	modules := filepath.Join(peers, "node_modules")
	if _, err := os.Stat(filepath.Join(modules, "@duckdb", "node-api")); peers == "" || err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("DuckDB is not installed: run make peers and set TPE_PEERS")
		}
		t.Skip("DuckDB is not installed: make test installs it with npm")
	}
	const script = `
		const { DuckDBInstance } = require(process.argv[1] + '/@duckdb/node-api');
		(async () => {
			const c = await (await DuckDBInstance.create(':memory:')).connect();
			await c.run("SET TimeZone = 'UTC'");
			await c.run("CREATE VIEW interactions AS SELECT * FROM read_parquet('" + process.argv[2] + "')");
			console.log(JSON.stringify((await c.runAndReadAll(process.argv[3])).getRowsJson()));
		})().catch((e) => { console.error(e.message); process.exit(1); });`
	out, err := exec.CommandContext(t.Context(), "node", "-e", script, modules, path, question).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v: %s", question, err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestDuckDBReads(t *testing.T) {
	records := []string{
		`{"interaction_id":"i1","timestamp":"2026-11-23T09:00:00.123Z","interaction_type":"ai_concierge","user_id":"u","ai_conversation":{"messages":[{"role":"user","content":"héllo\n\"q\"","timestamp":"2026-11-23T09:00:01.000Z","tokens":7,"mood":"good"},{"role":"assistant","content":"","tokens":1.5}],"total_tokens":42,"cost":0.0021},"strange":[1,{"a":null}]}`,
		`{"interaction_id":"i2","timestamp":"2026-11-23T10:00:00.000Z","interaction_type":"api_call","user_id":7,"api_call":{"method":"GET","response_status":404,"response_time_ms":1.25,"query_params":{"q":"x"},"request_body":{"a":[1,2]},"aborted":false},"experiments":{"k":"v","l":"w"}}`,
		`{"interaction_id":"i3","timestamp":"not a time","interaction_type":"deal_closed","outcomes":{"partner_matched":true,"deal_value":12500.5,"match_reasons":["a","b"]},"experiments":{},"metadata":{"location":{"state":"TX"},"ip_address":"::1"}}`,
		`{"interaction_id":"i4","interaction_type":"deal_closed","outcomes":{"partner_matched":false,"deal_value":"$1","match_reasons":[]}}`,
		`{}`,
	}
	data, _ := encode(t, records...)
	path := store(t, data)
	for _, c := range []struct{ question, want string }{
		{`SELECT count(*) FROM interactions`, `[["5"]]`},
		{`SELECT interaction_id, outcomes.partner_matched, ai_conversation.total_tokens FROM interactions WHERE interaction_type = 'deal_closed' ORDER BY 1`,
			`[["i3",true,null],["i4",false,null]]`},
		{`SELECT ai_conversation.total_tokens, ai_conversation.cost, len(ai_conversation.messages), ai_conversation.messages[1].content, ai_conversation.messages[2].tokens, ai_conversation.messages[1].extra, extra FROM interactions WHERE interaction_id = 'i1'`,
			`[["42",0.0021,"2","héllo\n\"q\"",null,"{\"mood\":\"good\"}","{\"strange\":[1,{\"a\":null}]}"]]`},
		{`SELECT epoch_ms("timestamp") FROM interactions WHERE "timestamp" >= TIMESTAMPTZ '2026-11-23 09:30:00+00'`, `[["1795428000000"]]`},
		{`SELECT typeof("timestamp"), typeof(interaction_id), typeof(extra), typeof(experiments) FROM interactions LIMIT 1`,
			`[["TIMESTAMP WITH TIME ZONE","VARCHAR","VARCHAR","MAP(VARCHAR, VARCHAR)"]]`},
		{`SELECT api_call.method, api_call.response_status, api_call.response_time_ms, api_call.query_params, api_call.request_body, api_call.aborted, experiments['k'], user_id, extra FROM interactions WHERE api_call.response_status = 404`,
			`[["GET","404",1.25,"{\"q\":\"x\"}","{\"a\":[1,2]}",false,"v",null,"{\"user_id\":7}"]]`},
		{`SELECT outcomes.deal_value, outcomes.match_reasons, metadata.location.state, experiments, extra FROM interactions WHERE metadata.ip_address IS NOT NULL`,
			`[[12500.5,["a","b"],"TX",[],"{\"timestamp\":\"not a time\"}"]]`},
		{`SELECT outcomes.match_reasons, experiments IS NULL, metadata IS NULL, extra FROM interactions WHERE interaction_id = 'i4'`,
			`[[[],true,true,"{\"outcomes\":{\"deal_value\":\"$1\"}}"]]`},
		{`SELECT count(*) FROM interactions WHERE ai_conversation IS NULL AND feedback.rating IS NULL`, `[["4"]]`},
	} {
		if got := duckdb(t, path, c.question); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.question, got, c.want)
		}
	}
}

// DuckDB and this package read the same out of random records.
func TestDuckDBAgrees(t *testing.T) {
	records, _ := calls(30_000)
	data, _ := encode(t, records...)
	path := store(t, data)
	var status, tokens, named, users int
	var took float64
	for _, r := range records {
		var v struct {
			API struct {
				Status int     `json:"response_status"`
				Time   float64 `json:"response_time_ms"`
			} `json:"api_call"`
			AI struct {
				Messages []struct {
					Tokens int `json:"tokens"`
				} `json:"messages"`
			} `json:"ai_conversation"`
			Session string `json:"session_id"`
			User    string `json:"user_id"`
		}
		if err := json.Unmarshal([]byte(r), &v); err != nil {
			t.Fatal(err)
		}
		user, err := strconv.Atoi(strings.TrimPrefix(v.User, "user_"))
		if err != nil {
			t.Fatal(err)
		}
		users += user
		status += v.API.Status
		took += v.API.Time
		for _, m := range v.AI.Messages {
			tokens += m.Tokens
		}
		if v.Session == "00000001-0000-4000-8000-000000000000" {
			named++
		}
	}
	want := fmt.Sprintf(`[["%d","%d","%d","%d","%d","30000"]]`, status, tokens, named, users, int64(took*100+0.5))
	got := duckdb(t, path, `SELECT sum(api_call.response_status)::BIGINT,
		(SELECT sum(m.tokens)::BIGINT FROM (SELECT unnest(ai_conversation.messages) AS m FROM interactions)),
		count(*) FILTER (session_id = '00000001-0000-4000-8000-000000000000'),
		sum(substr(user_id, 6)::BIGINT)::BIGINT,
		round(sum(api_call.response_time_ms) * 100)::BIGINT,
		count(DISTINCT interaction_id) FROM interactions`)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
