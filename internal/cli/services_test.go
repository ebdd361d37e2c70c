package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/power100/tpe/internal/bucket/buckettest"
	"github.com/power100/tpe/internal/config"
	"github.com/power100/tpe/internal/redact"
	"github.com/power100/tpe/internal/tpe"
)

// The program's own secrets are in no line of its log, whoever repeats them.
func TestLogWithoutOwnSecrets(t *testing.T) {
	values := map[string]string{
		"OPENAI_API_KEY": "KEYLEAKplain-abcdef", "JWT_SECRET": `LEAK of "spaces" and \ signs, 32 bytes`,
		"DATABASE_URL": "postgres://app:LEAK%2Fword@db/app?sslpassword=LEAKssl8", "SENDGRID_API_KEY": "short", "SENDGRID_FROM": "a@b.example",
	}
	conf, err := config.Load(t.Context(), config.LoadOptions{Dir: t.TempDir(), Getenv: func(name string) string { return values[name] }})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	log := newLog(&b, conf.LogLevel, redact.New(redact.Options{}), conf.Secrets())
	log.Error("Incorrect API key provided: KEYLEAKplain-abcdef", "error", errors.New(values["JWT_SECRET"]), "text", "app LEAK/word or LEAK%2Fword, LEAKssl8", "short", "a short word")
	if out := b.String(); strings.Contains(out, "LEAK") || !strings.Contains(out, "a short word") || strings.Count(out, redact.Mark) != 5 || !json.Valid(b.Bytes()) {
		t.Error(out)
	}
}

// The log names the secret that could not be read.
func TestLogNamesMissingSecret(t *testing.T) {
	gone := func(context.Context, string) (string, error) { return "", errors.New("no such secret") }
	values := map[string]string{"OPENAI_API_KEY": "${SECRET_MANAGER_PROD_OPENAI_KEY}", "JWT_SECRET": "${SECRET_MANAGER_TPE/JWT-SECRET}"}
	conf, err := config.Load(t.Context(), config.LoadOptions{Dir: t.TempDir(), Resolve: gone, Getenv: func(name string) string { return values[name] }})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	log := newLog(&b, conf.LogLevel, redact.New(redact.Options{}), conf.Secrets())
	for _, w := range conf.Warnings {
		log.Warn(w)
	}
	for _, want := range []string{"OPENAI_API_KEY", "PROD_OPENAI_KEY", "JWT_SECRET", "TPE/JWT-SECRET"} {
		if !strings.Contains(b.String(), want) || strings.Contains(b.String(), redact.Mark) {
			t.Errorf("%s is not in %s", want, b.String())
		}
	}
}

// Uploads end in the bucket, in parts when they are large; while the server
// is away they stay on the disk.
func TestUploadsInS3(t *testing.T) {
	s3 := buckettest.Start(t, buckettest.Options{})
	dir := t.TempDir()
	values := s3.Env()
	values["USE_S3"], values["UPLOADS_DIR"] = "true", filepath.Join(dir, "uploads")
	conf, err := config.Load(t.Context(), config.LoadOptions{Dir: dir, Getenv: func(name string) string { return values[name] }})
	if err != nil {
		t.Fatal(err)
	}
	d, stop, err := openDepot(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for key, content := range map[string][]byte{"0b9d7f0e-1111-4222-8333-000000000001": []byte("small"), "0b9d7f0e-1111-4222-8333-000000000002": bytes.Repeat([]byte("large "), 3<<20)} {
		if _, err := d.Append(key, 0, 100<<20, bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		if err := d.Keep(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		if size := s3.Objects()["uploads/"+key]; size != int64(len(content)) {
			t.Errorf("%d bytes of %d in the bucket: %v", size, len(content), s3.Objects())
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "uploads", "*", "*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		f, err := d.Open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(f)
		if err != nil || !bytes.Equal(got, content) || f.Close() != nil {
			t.Errorf("%d bytes came back, %v", len(got), err)
		}
		if err := d.Remove(t.Context(), key); err != nil || len(s3.Objects()) > 0 {
			t.Error(err, s3.Objects())
		}
	}
	const key = "0b9d7f0e-1111-4222-8333-000000000003"
	if _, err := d.Append(key, 0, 100, strings.NewReader("waits")); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel() // as when the server is away for longer than anybody waits
	if err := d.Keep(ended, key); err == nil {
		t.Error("kept without a server")
	}
	f, err := d.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(f); string(got) != "waits" || err != nil || f.Close() != nil {
		t.Errorf("%q %v", got, err)
	}
}

func TestPricesOfAFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "prices.json")
	values := map[string]string{"AI_PRICES": file, "OPENAI_API_KEY": "k"}
	conf, err := config.Load(t.Context(), config.LoadOptions{Dir: dir, Getenv: func(name string) string { return values[name] }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newCoach(conf); tpe.CodeOf(err) != tpe.Misuse || !strings.Contains(err.Error(), "AI_PRICES") {
		t.Error("a file that is missing:", err)
	}
	for text, ok := range map[string]bool{`{"source":"x"}`: false, `{"source":"our contract","as_of":"2026-11-01","models":{"m":{"input":1}}}`: true} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := newCoach(conf); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}
