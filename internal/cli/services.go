package cli

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/power100/tpe/internal/bucket"
	"github.com/power100/tpe/internal/coach"
	"github.com/power100/tpe/internal/config"
	"github.com/power100/tpe/internal/consistency"
	"github.com/power100/tpe/internal/depot"
	"github.com/power100/tpe/internal/embedding"
	"github.com/power100/tpe/internal/judge"
	"github.com/power100/tpe/internal/notify"
	"github.com/power100/tpe/internal/tpe"
)

// newCoach returns the way to the AI service that is configured. Without a
// key it says so at each call.
func newCoach(conf config.Config) (*coach.Client, error) {
	prices := coach.DefaultPrices()
	if conf.AIPrices != "" {
		b, err := os.ReadFile(conf.AIPrices)
		if err == nil {
			prices, err = coach.ParsePrices(b)
		}
		if err != nil {
			return nil, &tpe.Error{Code: tpe.Misuse, Message: "AI_PRICES=" + quote(conf.AIPrices), Err: err, Hint: "internal/coach/prices.json shows the form"}
		}
	}
	c, err := coach.New(coach.Options{
		BaseURL: conf.OpenAIBaseURL.String(), Key: conf.OpenAIAPIKey.Reveal(), Model: conf.AIModel, Temperature: &conf.AITemperature,
		TranscriptionModel: conf.AITranscriptionModel, Prices: prices,
	})
	if err != nil {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "OPENAI_BASE_URL", Err: err}
	}
	return c, nil
}

// attic is a bucket as the place of whole uploads.
type attic struct{ *bucket.Bucket }

// Store writes an object of the size from r.
func (a attic) Store(ctx context.Context, key string, r io.ReaderAt, size int64) error {
	_, _, err := a.Upload(ctx, key, r, size, bucket.Condition{}, nil)
	return err
}

// Open reads an object.
func (a attic) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	r, _, err := a.Get(ctx, key)
	return r, err
}

// Remove removes an object.
func (a attic) Remove(ctx context.Context, key string) error { return a.Delete(ctx, key) }

// openDepot opens the folder of uploads, with the bucket behind it when S3 is
// used. The returned function closes it.
func openDepot(ctx context.Context, conf config.Config) (*depot.Depot, func(), error) {
	if !conf.UseS3 {
		d, err := depot.Open(conf.UploadsDir, nil)
		return d, func() {}, err
	}
	b, err := openBucket(ctx, conf, "", func(o *bucket.Options) { o.Prefix = strings.Trim(o.Prefix+"/uploads", "/") })
	if err != nil {
		return nil, nil, err
	}
	d, err := depot.Open(conf.UploadsDir, attic{b})
	return d, b.Close, err
}

// newJudge returns the judge of doubtful sentences that is configured.
func newJudge(ctx context.Context, env Env, g *globals) (*judge.Judge, error) {
	conf, err := readConfig(ctx, env, g, false)
	if err != nil {
		return nil, err
	}
	c, err := newCoach(conf)
	if err != nil {
		return nil, err
	}
	if !c.Ready() {
		return nil, &tpe.Error{Code: tpe.Misuse, Message: "--judge needs an AI service", Hint: "set OPENAI_API_KEY, and OPENAI_BASE_URL for another service than OpenAI"}
	}
	return judge.New(c, judge.Options{}), nil
}

// embeddingsService is the value of --embeddings that names no folder.
const embeddingsService = "service"

// newEmbedder returns the static model in a folder, or the service that is
// configured, and a name that tells it from other models.
func newEmbedder(ctx context.Context, env Env, g *globals, where string) (consistency.Embedder, string, error) {
	if where != embeddingsService {
		m, err := embedding.Open(where)
		if err != nil {
			return nil, "", &tpe.Error{Code: tpe.Misuse, Message: "open --embeddings", Err: err,
				Hint: "a folder with tokenizer.json and model.safetensors as Model2Vec writes them; --embeddings alone asks TPE_EMBEDDINGS_URL"}
		}
		return m, "folder " + m.Hash(), nil
	}
	conf, err := readConfig(ctx, env, g, false)
	if err != nil {
		return nil, "", err
	}
	if conf.EmbeddingsURL.Host == "" {
		return nil, "", &tpe.Error{Code: tpe.Misuse, Message: "--embeddings needs a service or a folder", Hint: "set TPE_EMBEDDINGS_URL, or give --embeddings=FOLDER"}
	}
	// A service on the same machine needs no key, but a call has one.
	key := cmp.Or(conf.EmbeddingsKey.Reveal(), "none")
	c, err := coach.New(coach.Options{BaseURL: conf.EmbeddingsURL.String(), Key: key, EmbeddingModel: conf.EmbeddingsModel, Attempts: 2})
	if err != nil {
		return nil, "", err
	}
	return embedding.New(c, embedding.Options{}), "service " + conf.EmbeddingsURL.String() + " " + conf.EmbeddingsModel, nil
}

// messenger sends the API's messages.
type messenger struct{ sender notify.Sender }

// SMS sends a text message.
func (m messenger) SMS(ctx context.Context, to, text string) error {
	_, err := m.sender.Send(ctx, notify.Message{Kind: notify.SMS, To: to, Text: text})
	return err
}

// Email sends an e-mail.
func (m messenger) Email(ctx context.Context, to, subject, text string) error {
	_, err := m.sender.Send(ctx, notify.Message{Kind: notify.Email, To: to, Subject: subject, Text: text})
	return err
}

// newMessenger returns the way to people: the providers that are configured,
// and the log for the rest.
func newMessenger(env Env, conf config.Config, log *slog.Logger) (messenger, error) {
	o := notify.Options{Log: log}
	if conf.TwilioAccountSID != "" {
		t, err := notify.NewTwilio(notify.TwilioOptions{BaseURL: conf.TwilioBaseURL.String(), AccountSID: conf.TwilioAccountSID, AuthToken: conf.TwilioAuthToken.Reveal(), From: conf.TwilioFrom})
		if err != nil {
			return messenger{}, err
		}
		o.SMS = t
	}
	if conf.SendGridAPIKey != "" {
		s, err := notify.NewSendGrid(notify.SendGridOptions{BaseURL: conf.SendGridBaseURL.String(), Key: conf.SendGridAPIKey.Reveal(), From: conf.SendGridFrom, FromName: conf.SendGridFromName})
		if err != nil {
			return messenger{}, err
		}
		o.Email = s
	}
	if o.SMS == nil && conf.Production() {
		log.Warn("TWILIO_ACCOUNT_SID is not set: no verification code reaches anybody")
	}
	o.Show = shown(env, conf)
	return messenger{notify.New(o)}, nil
}

// shown is where a developer reads messages that nobody sends; nil outside of
// development.
func shown(env Env, conf config.Config) io.Writer {
	if conf.NotifyShow && !conf.Production() {
		return env.Stderr
	}
	return nil
}
