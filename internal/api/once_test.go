package api

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// A question with an Idempotency-Key is asked once, and its answer given
// again: while it comes, when it is whole, in either form. One that failed is
// asked again.
func TestChatOnce(t *testing.T) {
	fails := make(chan bool, 1)
	m := newModel(t, func(m *model, n int, w http.ResponseWriter, _ *http.Request) {
		select {
		case <-fails:
			w.WriteHeader(http.StatusBadRequest)
		default:
			m.say(w, "Call ", fmt.Sprintf("them %d times.", n))
			m.end(w)
		}
	})
	both(t, withCoach(t, m, "key"), func(t *testing.T, h *house) {
		asked := func() int {
			m.mu.Lock()
			defer m.mu.Unlock()
			return len(m.prompts)
		}
		before := asked()
		who := h.ready("dana@x.example")
		ask := func(key, body string, headers ...string) reply {
			return h.ask(who, "/api/ai-coach/chat", body, append([]string{"Idempotency-Key", key}, headers...)...)
		}
		var mu sync.Mutex
		var answers []chatAnswer
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				r := ask("k1", `{"content":"How?"}`)
				if r.status == 409 { // it came before the first was stored
					return
				}
				mu.Lock()
				defer mu.Unlock()
				answers = append(answers, h.chatted(r))
			})
		}
		wg.Wait()
		r := ask("k1", `{"message":"How?"}`)
		answers = append(answers, h.chatted(r))
		if r.status != 200 || r.header.Get("Idempotency-Replayed") != "true" {
			t.Error(r)
		}
		for _, a := range answers {
			if a.AIResponse.ID != answers[0].AIResponse.ID || a.AIResponse.Content != answers[0].AIResponse.Content || a.AIResponse.Content == "" || a.UserMessage.Content != "How?" || a.ConversationID != answers[0].ConversationID {
				t.Errorf("%+v", a)
			}
		}
		if r := ask("k1", `{"content":"How?"}`, "Accept", "text/event-stream"); !strings.Contains(r.body, "event: done") || !strings.Contains(r.body, answers[0].AIResponse.Content) {
			t.Error(r)
		}
		if r := ask("k1", `{"content":"How else?"}`); r.status != 409 {
			t.Error(r)
		}
		if r := ask("k 2", `{"content":"How?"}`); r.status != 400 {
			t.Error(r)
		}
		if n := asked() - before; n != 1 || len(h.records(tpe.TypeAIConcierge)) != 1 || len(h.records(tpe.TypeAIConciergeResponse)) != 1 {
			t.Errorf("asked %d times", n)
		}
		fails <- true
		if r := ask("k2", `{"content":"And?"}`); r.status < 400 {
			t.Error(r)
		}
		if r := ask("k2", `{"content":"And?"}`); r.status != 200 || r.header.Get("Idempotency-Replayed") != "" {
			t.Error(r)
		}
	})
}

// A demo with an Idempotency-Key is taken once, announced or as a form.
func TestDemoOnce(t *testing.T) {
	both(t, withFiles(t), func(t *testing.T, h *house) {
		sam := h.bearer(h.partner(6, "sam@x.example"))
		send := func(key, title, content string) reply {
			body, kind := fileForm("demo.vtt", content, "title", title)
			return h.do("POST", "/api/partners/6/demos", body, "Content-Type", kind, "Authorization", sam, "Idempotency-Key", key)
		}
		announce := func(key, name string) reply {
			return h.do("POST", "/api/partners/6/demos", fmt.Sprintf(`{"file_name":%q,"size_bytes":7}`, name), jsonWith("Authorization", sam, "Idempotency-Key", key)...)
		}
		first, again := send("f1", "Spring", vtt), send("f1", "Spring", vtt)
		if first.status != 201 || again.status != 201 || demoOf(t, first).Demo.ID != demoOf(t, again).Demo.ID || again.header.Get("Idempotency-Replayed") != "true" {
			t.Error(first, again)
		}
		for _, r := range []reply{send("f1", "Autumn", vtt), send("f1", "Spring", vtt+"\nNOTE other\n"), announce("f1", "x")} {
			if r.status != 409 {
				t.Error(r)
			}
		}
		if r := send("f2", "", "\x00\x01\x02 no demo"); r.status != 415 {
			t.Error(r)
		}
		if r := send("f2", "", vtt); r.status != 201 || r.header.Get("Idempotency-Replayed") != "" {
			t.Error("what failed can be sent again:", r)
		}
		one, two := announce("a1", "a.txt"), announce("a1", "a.txt")
		if one.status != 201 || two.body != one.body {
			t.Error(one, two)
		}
		if r := announce("a1", "b.txt"); r.status != 409 {
			t.Error(r)
		}
		if r := h.do("GET", "/api/partners/6/demos", "", "Authorization", sam); !strings.Contains(r.body, `"total":3`) {
			t.Error(r)
		}
		if n := len(h.records(tpe.TypeDemoUpload)); n != 2 {
			t.Errorf("%d outcomes of 2 uploads", n)
		}
	})
}

// A partner goes with its demos and their files.
func TestPartnerGoesWithDemos(t *testing.T) {
	both(t, withFiles(t), func(t *testing.T, h *house) {
		ada, sam := h.admin("ada@x.example"), h.partner(6, "sam@x.example")
		body, kind := fileForm("demo.vtt", vtt)
		d := demoOf(t, h.do("POST", "/api/partners/6/demos", body, "Content-Type", kind, "Authorization", h.bearer(sam)))
		h.settled(sam, fmt.Sprintf("/api/partners/6/demos/%d", d.Demo.ID))
		row, err := sqldb.DemoByID(t.Context(), h.opts.DB, 6, d.Demo.ID)
		if err != nil {
			t.Fatal(err)
		}
		gone := func() bool {
			f, err := h.opts.Files.Open(t.Context(), row.StorageKey.String)
			if err == nil {
				_ = f.Close()
			}
			return tpe.CodeOf(err) == tpe.NotFound
		}
		leave, err := h.uploads.enter(d.Demo.ID) // as if it was being sent
		if err != nil {
			t.Fatal(err)
		}
		h.call(ada, "DELETE", "/api/partners/6", "", 409, nil)
		leave()
		if gone() {
			t.Error("the file of a partner who stays is gone")
		}
		h.call(ada, "DELETE", "/api/partners/6", "", 200, nil)
		for end := time.Now().Add(20 * time.Second); !gone(); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("the file is still there")
			}
		}
		if _, err := sqldb.DemoByID(t.Context(), h.opts.DB, 0, d.Demo.ID); tpe.CodeOf(err) != tpe.NotFound {
			t.Error(err)
		}
	})
}
