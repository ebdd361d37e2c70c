package config

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/joho/godotenv"

	"github.com/power100/tpe/internal/tpe"
)

const goodSecret = "q8Zr2LxV7nKp4TgWm1YbHs9DfCj3EuAo6IvRtX0kQzM="

func getenv(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	cfg, err := Load(t.Context(), LoadOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Env != "development" || cfg.EnvFile != "" || cfg.Port != 3001 || cfg.DatabaseURL.SQLite != "./tpe.db" || !cfg.UseSQLite ||
		cfg.JWTExpire != 7*24*time.Hour || cfg.LakeDir != "./data-lake" || cfg.LakeDurability != "system" ||
		!cfg.EnableDataCollection || cfg.UpstreamURL.Host != "" || cfg.LogLevel != slog.LevelInfo || cfg.Production() {
		t.Errorf("%s", cfg)
	}
	if len(cfg.Warnings) != 1 || !strings.Contains(cfg.Warnings[0], "JWT_SECRET") {
		t.Errorf("warnings %q", cfg.Warnings)
	}
}

func TestPrecedence(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		".env.development": "PORT=1001\n",
		".env.production":  "PORT=1002\nLAKE_DIR=/from/file\nJWT_SECRET=" + goodSecret + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	named := write(t, "mine.env", "export PORT=1003 # a comment\nFRONTEND_URL='http://a.example'\n")
	for _, c := range []struct {
		name string
		env  []string
		file string
		port uint16
	}{
		{"no name", nil, "", 1001},
		{"TPE_ENV", []string{"TPE_ENV", "production"}, "", 1002},
		{"NODE_ENV", []string{"NODE_ENV", "production"}, "", 1002},
		{"TPE_ENV before NODE_ENV", []string{"TPE_ENV", "development", "NODE_ENV", "production"}, "", 1001},
		{"a named file", nil, named, 1003},
		{"the environment", []string{"PORT", "1004"}, named, 1004},
		{"an empty variable is none", []string{"PORT", ""}, named, 1003},
		{"an environment without a file", []string{"TPE_ENV", "test"}, "", 3001},
	} {
		cfg, err := Load(t.Context(), LoadOptions{Dir: dir, EnvFile: c.file, Getenv: getenv(c.env...)})
		if err != nil || cfg.Port != c.port {
			t.Errorf("%s: port %d, %v", c.name, cfg.Port, err)
		}
	}
	if v, ok := os.LookupEnv("LAKE_DIR"); ok {
		t.Errorf("the process's environment was changed: LAKE_DIR=%s", v)
	}
}

func TestWrongValues(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"PORT", "80a", `PORT="80a" is not allowed: it must be a port from 1 to 65535`},
		{"PORT", "0", `PORT="0" is not allowed`},
		{"PORT", "65536", `PORT="65536" is not allowed`},
		{"FRONTEND_URL", "localhost:3000", `FRONTEND_URL="localhost:3000" is not allowed: it must be an http or https URL`},
		{"UPSTREAM_URL", "http://u:p?w@h/b?token=X#y", `UPSTREAM_URL="http://[redacted]@h/b?[redacted]" is not allowed`},
		{"JWT_SECRET", "${MY_LONG_SECRET_NAME_OF_32_BYTES}", "JWT_SECRET=${MY_LONG_SECRET_NAME_OF_32_BYTES} was not filled in"},
		{"UPSTREAM_URL", "http://bob:hunter2@old.example", `UPSTREAM_URL="http://[redacted]@old.example" is not allowed`},
		{"TRUSTED_PROXIES", "10.0.0.0/8, nobody", `TRUSTED_PROXIES="10.0.0.0/8, nobody" is not allowed`},
		{"LOG_LEVEL", "loud", `LOG_LEVEL="loud" is not allowed: it must be debug, info, warn or error`},
		{"DATABASE_URL", "mysql://bob:hunter2@db/x", `DATABASE_URL is not allowed: it must be sqlite:FILE or postgres://`},
		{"USE_SQLITE", "false", `USE_SQLITE=false contradicts DATABASE_URL`},
		{"JWT_EXPIRE", "7", `JWT_EXPIRE="7" is not allowed: it must be a number and one of s, m, h, d, w`},
		{"JWT_EXPIRE", "4294967295w", `JWT_EXPIRE="4294967295w" is not allowed`},
		{"LAKE_DURABILITY", "memory", `LAKE_DURABILITY="memory" is not allowed: it must be system or disk`},
		{"LAKE_COMPRESSION", "gzip", `LAKE_COMPRESSION="gzip" is not allowed: it must be zstd or none`},
		{"ENABLE_DATA_COLLECTION", "maybe", `ENABLE_DATA_COLLECTION="maybe" is not allowed: it must be true or false`},
		{"RATE_LIMIT_WINDOW_MS", "-1", `RATE_LIMIT_WINDOW_MS="-1" is not allowed`},
		{"AI_TEMPERATURE", "2.1", `AI_TEMPERATURE="2.1" is not allowed: it must be a number from 0 to 2`},
		{"AI_TEMPERATURE", "NaN", `AI_TEMPERATURE="NaN" is not allowed`},
		{"USE_S3", "true", `DATA_LAKE_BUCKET is not set, and USE_S3 is true`},
		{"USE_DYNAMODB", "true", `INTERACTIONS_TABLE is not set, and USE_DYNAMODB is true`},
		{"AWS_ACCESS_KEY_ID", "AKIA", `must be set both or neither`},
		{"TWILIO_FROM", "+15550001111", `TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM must be set all or none`},
		{"SENDGRID_API_KEY", "hunter2", `SENDGRID_API_KEY and SENDGRID_FROM must be set both or neither`},
		{"TWILIO_BASE_URL", "twilio.com", `TWILIO_BASE_URL="twilio.com" is not allowed`},
		{"TPE_ENV", "../etc", `TPE_ENV="../etc" is not allowed`},
		{"NODE_ENV", "Prod", `NODE_ENV="Prod" is not allowed`},
		{"LAKE_DURABILITY", strings.Repeat("x", 500), `... (500 bytes) is not allowed`},
	} {
		_, err := Load(t.Context(), LoadOptions{Dir: t.TempDir(), Getenv: getenv(c.name, c.value)})
		if tpe.CodeOf(err) != tpe.Misuse {
			t.Errorf("%s=%s: code %q of %v", c.name, c.value, tpe.CodeOf(err), err)
			continue
		}
		if msg := err.Error(); !strings.Contains(msg, c.want) || strings.Contains(msg, "\n") || strings.Contains(msg, "hunter2") {
			t.Errorf("%s=%s:\n got %s\nwant %s", c.name, c.value, msg, c.want)
		}
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, err := Load(t.Context(), LoadOptions{Dir: t.TempDir(), Getenv: getenv("TPE_ENV", "production", "PORT", "x", "LOG_LEVEL", "y", "JWT_EXPIRE", "z")})
	var e *tpe.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	lines := strings.Split(e.Message, "\n")
	if len(lines) != 4 || e.Hint == "" {
		t.Errorf("%q, hint %q", lines, e.Hint)
	}
}

func TestDatabase(t *testing.T) {
	for text, want := range map[string]string{
		"sqlite:./tpe.db":           "sqlite:./tpe.db",
		"sqlite://rel/a.db":         "sqlite:rel/a.db",
		"sqlite:///abs/a.db":        "sqlite:/abs/a.db",
		"postgres://h/n":            "postgres://h/n",
		"postgresql://h:5/n":        "postgresql://h:5/n",
		"postgres://u:p@h/n":        "postgres://u:xxxxx@h/n",
		"postgres://h/n?password=p": "postgres://h/n",
		"sqlite:":                   "",
		"sqlite:a?mode=ro":          "",
		"postgres://":               "",
		"file:a.db":                 "",
		"a.db":                      "",
	} {
		var d Database
		err := d.UnmarshalText([]byte(text))
		if (err == nil) != (want != "") || err == nil && d.String() != want {
			t.Errorf("%s: %v, %v", text, d, err)
		}
	}
	cfg, err := Load(t.Context(), LoadOptions{Dir: t.TempDir(), Getenv: getenv("DATABASE_URL", "postgres://u:p@h/n")})
	if err != nil || cfg.UseSQLite || cfg.DatabaseURL.Postgres.Reveal() != "postgres://u:p@h/n" {
		t.Error(cfg.UseSQLite, err)
	}
	if _, err = Load(t.Context(), LoadOptions{Dir: t.TempDir(), Getenv: getenv("DATABASE_URL", "postgres://u:p@h/n", "USE_SQLITE", "true")}); err == nil {
		t.Error("a contradiction was accepted")
	}
}

func TestJWTSecretInProduction(t *testing.T) {
	for secret, ok := range map[string]bool{
		"": false, "hunter2": false, goodSecret: true,
		"change-me-to-32-random-bytes-or-more":       false,
		"your-super-secret-jwt-key-for-development!": false,
		strings.Repeat("ab", 30):                     false,
		"development-only-never-use-it-elsewhere":    false,
	} {
		for _, env := range []string{"production", "staging"} {
			_, err := Load(t.Context(), LoadOptions{Dir: t.TempDir(), Getenv: getenv("TPE_ENV", env, "JWT_SECRET", secret)})
			if (err == nil) != ok {
				t.Errorf("%s in %s: %v", secret, env, err)
			}
			if err != nil && secret != "" && strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows the secret: %v", err)
			}
		}
		if _, err := Load(t.Context(), LoadOptions{Dir: t.TempDir(), Getenv: getenv("JWT_SECRET", secret)}); err != nil {
			t.Errorf("%s in development: %v", secret, err)
		}
	}
}

// Codes are printed in development only, however they are asked for.
func TestNotifyShow(t *testing.T) {
	for env, ok := range map[string]bool{"development": true, "test": true, "production": false, "staging": false} {
		_, err := Load(t.Context(), LoadOptions{Dir: t.TempDir(), Getenv: getenv("TPE_ENV", env, "JWT_SECRET", goodSecret, "NOTIFY_SHOW", "true")})
		if (err == nil) != ok {
			t.Errorf("%s: %v", env, err)
		}
	}
}

func TestEnvFileFaults(t *testing.T) {
	_, err := Load(t.Context(), LoadOptions{EnvFile: filepath.Join(t.TempDir(), "none")})
	if tpe.CodeOf(err) != tpe.Misuse || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	for text, line := range map[string]string{
		"PORT=1\nJWT SECRET hunter2\n":               ":2:",
		"# x\n\nPORT=1\nLAKE_DIR='hunter2\nPORT=2\n": ":4:",
		"A='two\nlines'\nhunter2-is-no-assignment\n": ":3:",
	} {
		_, err = Load(t.Context(), LoadOptions{EnvFile: write(t, "x.env", text)})
		if tpe.CodeOf(err) != tpe.Misuse || !strings.Contains(err.Error(), line) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A fault of one variable is one line: what follows from it is not said again.
func TestFaultOnce(t *testing.T) {
	gone := func(context.Context, string) (string, error) { return "", errors.New("no such secret") }
	for name, value := range map[string]string{"USE_SQLITE": "maybe", "JWT_SECRET": "${SECRET_MANAGER_JWT}"} {
		values := map[string]string{"TPE_ENV": "production", "JWT_SECRET": goodSecret}
		values[name] = value
		_, err := Load(t.Context(), LoadOptions{Dir: t.TempDir(), Resolve: gone, Getenv: func(s string) string { return values[s] }})
		if err == nil || strings.Count(err.Error(), name) != 1 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A file that an editor of Windows has saved begins with a mark.
func TestEnvFileWithMark(t *testing.T) {
	cfg, err := Load(t.Context(), LoadOptions{EnvFile: write(t, "x.env", "\ufeffPORT=1234\n")})
	if err != nil || cfg.Port != 1234 {
		t.Errorf("port %d, %v", cfg.Port, err)
	}
}

func TestSecretReferences(t *testing.T) {
	file := write(t, "x.env", "JWT_SECRET=${SECRET_MANAGER_JWT}\nOPENAI_API_KEY=\"${SECRET_MANAGER_KEY}\"\nLAKE_DIR='${SECRET_MANAGER_DIR}'\n")
	resolve := func(_ context.Context, name string) (string, error) {
		if name == "KEY" {
			return "", errors.New("ResourceNotFoundException: no such secret")
		}
		return goodSecret + name, nil
	}
	cfg, err := Load(t.Context(), LoadOptions{EnvFile: file, Resolve: resolve})
	if err != nil || cfg.JWTSecret.Reveal() != goodSecret+"JWT" || cfg.LakeDir != goodSecret+"DIR" || cfg.OpenAIAPIKey != "" {
		t.Errorf("%v, %s", err, cfg)
	}
	if len(cfg.Warnings) != 1 || !strings.Contains(cfg.Warnings[0], "OPENAI_API_KEY could not be read from AWS Secrets Manager (its name there is KEY) and is left unset") {
		t.Errorf("warnings %q", cfg.Warnings)
	}
	_, err = Load(t.Context(), LoadOptions{EnvFile: file, Resolve: resolve, Getenv: getenv("TPE_ENV", "production")})
	if tpe.CodeOf(err) != tpe.Misuse || !strings.Contains(err.Error(), "OPENAI_API_KEY could not be read from AWS Secrets Manager (its name there is KEY): ResourceNotFoundException") {
		t.Errorf("production: %v", err)
	}
	_, err = Load(t.Context(), LoadOptions{Dir: t.TempDir(), Resolve: resolve, Getenv: getenv("LAKE_DIR", "${SECRET_MANAGER_X")})
	if tpe.CodeOf(err) != tpe.Misuse {
		t.Errorf("a reference without an end: %v", err)
	}
}

// TestSecretsManager drives the real client against a server that speaks the
// protocol of AWS Secrets Manager.
func TestSecretsManager(t *testing.T) {
	secrets := map[string]string{
		"JWT_SECRET":     goodSecret,
		"OPENAI_API_KEY": `{"OPENAI_API_KEY":"sk-from-json","other":"x"}`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			SecretID string `json:"SecretId"`
		}
		body, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(body, &in); err != nil || r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" {
			t.Errorf("%s %s: %v", r.Header.Get("X-Amz-Target"), body, err)
		}
		if auth := r.Header.Get("Authorization"); !strings.Contains(auth, "Credential=AKIATEST/") || !strings.Contains(auth, "/eu-central-1/secretsmanager/") {
			t.Errorf("signed as %q", auth)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		secret, ok := secrets[in.SecretID]
		if !ok {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type":"ResourceNotFoundException","message":"Secrets Manager can't find the specified secret."}`)
			return
		}
		b, _ := json.Marshal(map[string]string{"Name": in.SecretID, "SecretString": secret})
		w.Write(b)
	}))
	defer server.Close()
	env := []string{"TPE_ENV", "production", "AWS_ENDPOINT_URL", server.URL, "AWS_REGION", "eu-central-1", "AWS_ACCESS_KEY_ID", "AKIATEST", "AWS_SECRET_ACCESS_KEY", "test",
		"JWT_SECRET", "${SECRET_MANAGER_JWT_SECRET}", "OPENAI_API_KEY", "${SECRET_MANAGER_OPENAI_API_KEY}"}
	cfg, err := Load(t.Context(), LoadOptions{Dir: t.TempDir(), Getenv: getenv(env...)})
	if err != nil || cfg.JWTSecret.Reveal() != goodSecret || cfg.OpenAIAPIKey.Reveal() != "sk-from-json" {
		t.Errorf("%v, %s", err, cfg)
	}
	delete(secrets, "OPENAI_API_KEY")
	_, err = Load(t.Context(), LoadOptions{Dir: t.TempDir(), Getenv: getenv(env...)})
	if err == nil || !strings.Contains(err.Error(), "ResourceNotFoundException: Secrets Manager can't find the specified secret.") || strings.Contains(err.Error(), "\n") {
		t.Errorf("missing: %v", err)
	}
	server.Close()
	_, err = Load(t.Context(), LoadOptions{Dir: t.TempDir(), Getenv: getenv(env...)})
	if err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("server gone: %v", err)
	}
}

func TestNothingShowsSecrets(t *testing.T) {
	cfg, err := Load(t.Context(), LoadOptions{Dir: t.TempDir(), Getenv: getenv("JWT_SECRET", goodSecret, "OPENAI_API_KEY", "LEAK1", "AWS_ACCESS_KEY_ID", "id",
		"AWS_SECRET_ACCESS_KEY", "LEAK2", "AWS_SESSION_TOKEN", "LEAK3", "DATABASE_URL", "postgres://u:LEAK4@h/n")})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("start", "config", cfg, "secret", cfg.JWTSecret)
	asJSON, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{cfg.String(), fmt.Sprintf("%v %+v %#v %s", cfg, cfg, cfg, cfg), fmt.Sprintf("%v %#v %q", cfg.JWTSecret, cfg.JWTSecret, cfg.JWTSecret),
		fmt.Sprintf("%+v %#v", cfg.DatabaseURL, cfg.DatabaseURL), log.String(), string(asJSON)} {
		if strings.Contains(shown, "LEAK") || strings.Contains(shown, goodSecret) {
			t.Errorf("a secret is shown: %s", shown)
		}
	}
	if !strings.Contains(cfg.String(), "JWT_SECRET=[redacted]\n") || !strings.Contains(cfg.String(), "PORT=3001\n") {
		t.Error(cfg)
	}
}

// TestFilesOfTheRepository holds the three checked-in files against Config.
func TestFilesOfTheRepository(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, name := range []string{".env.example", ".env.development", ".env.production"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		values, err := godotenv.Unmarshal(string(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range variables() {
			if _, ok := values[v.name]; !ok {
				t.Errorf("%s does not name %s", name, v.name)
			}
			delete(values, v.name)
		}
		for v := range values {
			t.Errorf("%s names %s, which Config does not read", name, v)
		}
		lines := strings.Split(string(text), "\n")
		for i, line := range lines {
			if strings.Contains(line, "=") && !strings.HasPrefix(line, "#") && !strings.HasPrefix(lines[i-1], "# ") {
				t.Errorf("%s:%d: %s has no comment", name, i+1, line)
			}
		}
		env := strings.TrimPrefix(name, ".env.")
		if env == "example" {
			env = "test"
		}
		cfg, err := Load(t.Context(), LoadOptions{EnvFile: filepath.Join(root, name), Getenv: getenv("TPE_ENV", env),
			Resolve: func(context.Context, string) (string, error) { return goodSecret, nil }})
		if err != nil || len(cfg.Warnings) > 0 {
			t.Errorf("%s: %v, %q", name, err, cfg.Warnings)
		}
	}
	for _, v := range variables() {
		if slices.Contains([]string{"JWT_SECRET", "OPENAI_API_KEY"}, v.name) {
			text, _ := os.ReadFile(filepath.Join(root, ".env.production"))
			if !strings.Contains(string(text), v.name+"=${SECRET_MANAGER_") {
				t.Errorf(".env.production: %s is not a reference", v.name)
			}
		}
	}
	cfg, err := Load(t.Context(), LoadOptions{EnvFile: filepath.Join(root, ".env.production"), NoSecrets: true, Getenv: getenv("TPE_ENV", "production")})
	if err != nil || filepath.Dir(cfg.UploadsDir) != filepath.Dir(cfg.LakeDir) {
		t.Errorf("uploads in %s lie not beside the lake in %s: %v", cfg.UploadsDir, cfg.LakeDir, err)
	}
}

func TestNetworks(t *testing.T) {
	for text, want := range map[string]string{
		"10.1.2.3/8":          "[10.0.0.0/8]",
		" 10.0.0.1 ,, ::1 ":   "[10.0.0.1/32 ::1/128]",
		"fe80::1%eth0":        "",
		"::ffff:10.0.0.0/104": "",
		"10.0.0.0/33":         "",
	} {
		var n Networks
		err := n.UnmarshalText([]byte(text))
		if (err == nil) != (want != "") || err == nil && fmt.Sprint(n) != want {
			t.Errorf("%s: %v, %v", text, n, err)
		}
	}
}

func TestNoSecretsAsksForNone(t *testing.T) {
	cfg, err := Load(context.Background(), LoadOptions{
		NoSecrets: true,
		Getenv: func(name string) string {
			return map[string]string{"TPE_ENV": "production", "JWT_SECRET": "${SECRET_MANAGER_JWT}", "DATA_LAKE_BUCKET": "${SECRET_MANAGER_BUCKET}", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "x", "LAKE_DIR": "/l"}[name]
		},
		Resolve: func(context.Context, string) (string, error) {
			t.Error("a secret was asked for")
			return "", nil
		},
	})
	if err != nil || cfg.LakeDir != "/l" || cfg.JWTSecret != "" || cfg.DataLakeBucket != "" || cfg.AWSSecretAccessKey != "" || len(cfg.Warnings) > 0 {
		t.Errorf("%v, %v", cfg, err)
	}
}

// TestKeepAWS reads the way to S3 in production without any other secret.
func TestKeepAWS(t *testing.T) {
	env := map[string]string{"TPE_ENV": "production", "JWT_SECRET": "${SECRET_MANAGER_JWT}", "DATA_LAKE_BUCKET": "${SECRET_MANAGER_BUCKET}",
		"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "x", "OPENAI_API_KEY": "y"}
	opts := LoadOptions{NoSecrets: true, KeepAWS: true, Getenv: func(name string) string { return env[name] },
		Resolve: func(_ context.Context, name string) (string, error) { return "the-" + strings.ToLower(name), nil }}
	cfg, err := Load(t.Context(), opts)
	if err != nil || cfg.DataLakeBucket != "the-bucket" || cfg.AWSSecretAccessKey.Reveal() != "x" || cfg.JWTSecret != "" || cfg.OpenAIAPIKey != "" {
		t.Errorf("%v, %v", cfg, err)
	}
	delete(env, "AWS_SECRET_ACCESS_KEY")
	if _, err := Load(t.Context(), opts); tpe.CodeOf(err) != tpe.Misuse {
		t.Errorf("half a pair of keys: %v", err)
	}
}

// A service's own address goes before the one for all of them.
func TestEndpoint(t *testing.T) {
	cfg, err := Load(t.Context(), LoadOptions{NoSecrets: true, Dir: t.TempDir(), Getenv: getenv("AWS_ENDPOINT_URL", "http://all:1", "AWS_ENDPOINT_URL_DYNAMODB", "http://table:2")})
	if err != nil {
		t.Fatal(err)
	}
	if s3, table := cfg.Endpoint(cfg.AWSEndpointURLS3), cfg.Endpoint(cfg.AWSEndpointURLDynamoDB); s3 != "http://all:1" || table != "http://table:2" {
		t.Errorf("%s, %s", s3, table)
	}
	if none := (Config{}).Endpoint(url.URL{}); none != "" {
		t.Errorf("%s", none)
	}
}
