package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/demo"
	"github.com/power100/tpe/internal/tpe"
)

// fuzzExamples is the variable that makes TestSchemathesis look deeper: so
// many requests are drawn for each operation, in every phase, by every role,
// on both engines. "make fuzz-api" sets it.
const fuzzExamples = "TPE_FUZZ_EXAMPLES"

// TestSchemathesis lets schemathesis make requests from the OpenAPI document,
// right and wrong ones, with a token of each role and without. All its checks
// are on, as they are when none is named (named ones could not be switched
// off for one operation): a status, a header or a body that is not described is a fault, and
// so are a 5xx, a right request that is refused and a wrong one that is taken.
func TestSchemathesis(t *testing.T) {
	program := filepath.Join(os.Getenv("TPE_PEERS"), "python", "bin", "schemathesis")
	if _, err := os.Stat(program); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("schemathesis is not installed: run make peers and set TPE_PEERS")
		}
		t.Skip("schemathesis is not installed: run make peers and set TPE_PEERS")
	}
	examples := os.Getenv(fuzzExamples)
	for _, role := range []string{tpe.UserAdmin, tpe.UserContractor, tpe.UserPartner, tpe.UserUnknown} {
		t.Run(role, func(t *testing.T) {
			if examples == "" {
				t.Parallel()
				dir := t.TempDir()
				fuzz(t, program, dir, filepath.Join(dir, "tpe.db"), role, "")
				return
			}
			t.Run("sqlite", func(t *testing.T) {
				dir := t.TempDir()
				fuzz(t, program, dir, filepath.Join(dir, "tpe.db"), role, examples)
			})
			t.Run("postgres", func(t *testing.T) { fuzz(t, program, t.TempDir(), postgres.Database(t), role, examples) })
		})
	}
}

// schemathesisConfig has the places of the hooks, and of ids.
const schemathesisConfig = `hooks = %q

[dictionaries]
ids = { values = [%s] }

[parameters]
"path.id" = { dictionary = "ids", probability = 0.6 }
"path.partnerId" = { dictionary = "ids", probability = 0.6 }

# What a type adds to the rules for a record is not in the document, and some
# of the records in one request may be rejected while the others are stored.
[[operations]]
include-name = "POST /api/interactions"
checks.positive_data_acceptance.expected-statuses = ["2xx", 422, 429]
checks.negative_data_rejection.expected-statuses = [207, 400, 415, 422, 429]

# A code that was not sent is 400, as the older service answers.
[[operations]]
include-name = "POST /api/contractors/verify-code"
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 401, 403, 404, 409, 429, "5xx"]

# An empty choice is refused; schemathesis sends one for none.
[[operations]]
include-name = ["GET /api/export/interactions", "GET /api/export/finetune"]
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 401, 403, 404, 409, 429, "5xx"]

# A partner that is there need not be analysed yet: 404 says so.
[[operations]]
include-name = "GET /api/partners/{id}/consistency"
checks.ensure_resource_availability.enabled = false

# Unknown header fields are ignored, see RFC 9110, 5.1.
[[operations]]
include-name = "PATCH /api/partners/{id}/demos/{demo}/content"
generation.allow-extra-parameters = false
`

// briefly is added where each operation gets a few requests only. One of two
// operations that take the same is left out of the phase that tries each limit
// of each member.
const briefly = `
[[operations]]
include-name = ["PUT /api/partners/{id}", "POST /api/auth/login", "POST /api/ai-coach/message", "POST /api/partners/search",
  "POST /api/bulk/partners/update", "POST /api/bulk/partners/export", "POST /api/bulk/partners/toggle-status",
  "POST /api/partners/{id}/employee-feedback", "GET /api/export/finetune", "GET /api/admin/export/bookings"]
phases.coverage.enabled = false
`

// fuzz runs schemathesis against a server with sample data, as somebody of a
// role.
func fuzz(t *testing.T, program, dir, database, role, examples string) {
	m := newModel(t, func(m *model, _ int, w http.ResponseWriter, _ *http.Request) { m.say(w, "Call ", "them."); m.end(w) })
	h := openWith(t, dir, optionsOn(t, dir, database), withFiles(t, withCoach(t, m, "key")))
	if _, err := demo.Fill(t.Context(), h.lake, h.writer, h.opts.Gate, h.opts.DB, time.Now()); err != nil {
		t.Fatal(err)
	}
	// Most ids in paths are those of rows that are there, and of the caller.
	ids := "1, 2, 3, 4, 5, 6"
	var who auth.Identity
	switch role {
	case tpe.UserAdmin:
		who = h.admin("ada@x.example")
	case tpe.UserContractor:
		who = h.ready("dana@x.example")
		ids = strings.Repeat(who.UserID+", ", 9) + ids
	case tpe.UserPartner:
		who = h.partner(60, "sam@x.example")
		ids = strings.Repeat(who.PartnerID+", ", 9) + ids
	}
	hooks, err := filepath.Abs(filepath.Join("testdata", "schemathesis.py"))
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(schemathesisConfig, hooks, ids)
	names := h.operations(role, examples != "")
	args := []string{"run", h.url + "/openapi.json", "--seed", "1", "--generation-database", "none", "--workers", "1",
		"--request-timeout", "60", "--suppress-health-check", "too_slow", "--no-color"}
	if examples == "" {
		examples = "5"
		config += briefly
		if role != tpe.UserAdmin {
			args = append(args, "--phases", "fuzzing,stateful")
		}
	}
	args = append(args, "--max-examples", examples)
	for _, name := range names {
		args = append(args, "--include-name", name)
	}
	if who.UserID != "" {
		args = append(args, "--header", "Authorization: "+h.bearer(who))
	}
	file := filepath.Join(dir, "schemathesis.toml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, append([]string{"--config-file", file}, args...)...)
	cmd.Dir = dir // it keeps things in its folder
	out, err := cmd.CombinedOutput()
	generated := regexp.MustCompile(`\d+ generated`).Find(out)
	t.Logf("%d operations, %s requests", len(names), generated)
	if err != nil || !strings.Contains(string(out), fmt.Sprintf("Tested: %d\n", len(names))) {
		t.Errorf("%v\n%s", err, out)
	}
}

// operations are the names of the operations that a role is tried with: all
// of them, or those that it may call. None may end the token.
func (h *house) operations(role string, all bool) []string {
	h.t.Helper()
	var doc described
	if err := json.Unmarshal([]byte(h.do("GET", "/openapi.json", "").body), &doc); err != nil {
		h.t.Fatal(err)
	}
	var names []string
	for path, item := range doc.Paths {
		for method, op := range item {
			open := len(op.Security) == 0
			for _, s := range op.Security {
				open = open || len(s) == 0 || slices.Contains(s["bearer"], role)
			}
			if (open || all) && (role == tpe.UserUnknown || !strings.HasSuffix(path, "/logout")) {
				names = append(names, strings.ToUpper(method)+" "+path)
			}
		}
	}
	slices.Sort(names)
	return names
}
