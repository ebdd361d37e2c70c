// Package config turns the environment and one .env file into one typed
// Config. It is read by cli alone; every other room is handed what it needs.
//
// It never changes the process's environment, and it never shows a secret:
// not in an error, not in a log line, not by printing a Config.
package config

import (
	"context"
	"log/slog"
	"net/url"
	"regexp"
	"time"
)

// Config is everything that can be set from outside. The tags are the whole
// truth about each variable: its name, its default and what is allowed.
type Config struct {
	// Env is the name of the environment: development, production, ...
	Env string
	// EnvFile is the path of the .env file that was read, empty for none.
	EnvFile string
	// Warnings are lines that the user should see once at start.
	Warnings []string

	Port           uint16     `env:"PORT" envDefault:"3001" allowed:"a port from 1 to 65535"`
	FrontendURL    url.URL    `env:"FRONTEND_URL" envDefault:"http://localhost:3000" allowed:"an http or https URL"`
	UpstreamURL    url.URL    `env:"UPSTREAM_URL" allowed:"an http or https URL"`
	TrustedProxies Networks   `env:"TRUSTED_PROXIES" allowed:"IP addresses or networks (10.0.0.0/8) with commas between"`
	LogLevel       slog.Level `env:"LOG_LEVEL" envDefault:"info" allowed:"debug, info, warn or error"`

	DatabaseURL Database `env:"DATABASE_URL" envDefault:"sqlite:./tpe.db" allowed:"sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME" secret:"true"`
	UseSQLite   bool     `env:"USE_SQLITE" allowed:"true or false"`

	JWTSecret Secret        `env:"JWT_SECRET" secret:"true"`
	JWTExpire time.Duration `env:"JWT_EXPIRE" envDefault:"7d" allowed:"a number and one of s, m, h, d, w, as in 30d or 12h"`

	LakeDir         string      `env:"LAKE_DIR" envDefault:"./data-lake"`
	LakeDurability  Durability  `env:"LAKE_DURABILITY" envDefault:"system" allowed:"system or disk"`
	LakeCompression Compression `env:"LAKE_COMPRESSION" envDefault:"zstd" allowed:"zstd or none"`

	// UploadsDir keeps the files that people upload; with USE_S3 only until
	// they are in the bucket.
	UploadsDir string `env:"UPLOADS_DIR" envDefault:"./uploads"`

	EnableDataCollection        bool `env:"ENABLE_DATA_COLLECTION" envDefault:"true" allowed:"true or false"`
	EnableOutcomeTracking       bool `env:"ENABLE_OUTCOME_TRACKING" envDefault:"true" allowed:"true or false"`
	EnablePerformanceMonitoring bool `env:"ENABLE_PERFORMANCE_MONITORING" envDefault:"true" allowed:"true or false"`

	RateLimitWindowMS    int `env:"RATE_LIMIT_WINDOW_MS" envDefault:"900000" allowed:"a whole number from 1 to 86400000"`
	RateLimitMaxRequests int `env:"RATE_LIMIT_MAX_REQUESTS" envDefault:"100" allowed:"a whole number from 1 to 1000000000"`

	AWSRegion      string  `env:"AWS_REGION" envDefault:"us-east-1"`
	AWSEndpointURL url.URL `env:"AWS_ENDPOINT_URL" allowed:"an http or https URL"`
	// Of one service alone; see Endpoint.
	AWSEndpointURLS3       url.URL `env:"AWS_ENDPOINT_URL_S3" allowed:"an http or https URL"`
	AWSEndpointURLDynamoDB url.URL `env:"AWS_ENDPOINT_URL_DYNAMODB" allowed:"an http or https URL"`
	AWSEndpointURLAthena   url.URL `env:"AWS_ENDPOINT_URL_ATHENA" allowed:"an http or https URL"`
	AWSAccessKeyID         string  `env:"AWS_ACCESS_KEY_ID"`
	AWSSecretAccessKey     Secret  `env:"AWS_SECRET_ACCESS_KEY" secret:"true"`
	AWSSessionToken        Secret  `env:"AWS_SESSION_TOKEN" secret:"true"`
	UseS3                  bool    `env:"USE_S3" envDefault:"false" allowed:"true or false"`
	DataLakeBucket         string  `env:"DATA_LAKE_BUCKET"`
	UseDynamoDB            bool    `env:"USE_DYNAMODB" envDefault:"false" allowed:"true or false"`
	InteractionsTable      string  `env:"INTERACTIONS_TABLE"`
	// InteractionsTTL is how long after its timestamp an item expires; 0 is never.
	InteractionsTTL time.Duration `env:"INTERACTIONS_TTL" allowed:"a number and one of s, m, h, d, w, as in 365d"`

	// Compaction on Athena.
	AthenaDatabase       string `env:"ATHENA_DATABASE" envDefault:"default"`
	AthenaWorkgroup      string `env:"ATHENA_WORKGROUP" envDefault:"primary"`
	AthenaOutputLocation string `env:"ATHENA_OUTPUT_LOCATION"`

	OpenAIAPIKey  Secret  `env:"OPENAI_API_KEY" secret:"true"`
	OpenAIBaseURL url.URL `env:"OPENAI_BASE_URL" envDefault:"https://api.openai.com/v1" allowed:"an http or https URL"`
	AIModel       string  `env:"AI_MODEL" envDefault:"gpt-4o-mini"`
	AITemperature float64 `env:"AI_TEMPERATURE" envDefault:"0.7" allowed:"a number from 0 to 2"`
	// AITranscriptionModel reads recordings; empty: none is read.
	AITranscriptionModel string `env:"AI_TRANSCRIPTION_MODEL"`
	// AIPrices is the path of a table of prices; empty: the built-in one.
	AIPrices string `env:"AI_PRICES"`
	// EmbeddingsURL is the service that --embeddings asks; empty: none.
	EmbeddingsURL   url.URL `env:"TPE_EMBEDDINGS_URL" allowed:"an http or https URL"`
	EmbeddingsModel string  `env:"TPE_EMBEDDINGS_MODEL" envDefault:"text-embedding-3-small"`
	EmbeddingsKey   Secret  `env:"TPE_EMBEDDINGS_KEY" secret:"true"`

	TwilioBaseURL    url.URL `env:"TWILIO_BASE_URL" envDefault:"https://api.twilio.com" allowed:"an http or https URL"`
	TwilioAccountSID string  `env:"TWILIO_ACCOUNT_SID"`
	TwilioAuthToken  Secret  `env:"TWILIO_AUTH_TOKEN" secret:"true"`
	TwilioFrom       string  `env:"TWILIO_FROM"`
	SendGridBaseURL  url.URL `env:"SENDGRID_BASE_URL" envDefault:"https://api.sendgrid.com" allowed:"an http or https URL"`
	SendGridAPIKey   Secret  `env:"SENDGRID_API_KEY" secret:"true"`
	SendGridFrom     string  `env:"SENDGRID_FROM"`
	SendGridFromName string  `env:"SENDGRID_FROM_NAME" envDefault:"Power100"`
	NotifyShow       bool    `env:"NOTIFY_SHOW" envDefault:"false" allowed:"true or false"`
}

// LoadOptions says where Load looks.
type LoadOptions struct {
	// Getenv reads the process's environment. Nil reads an empty one.
	Getenv func(string) string
	// Dir holds the .env.$TPE_ENV files. Empty is the working directory.
	Dir string
	// EnvFile names the file to read instead of .env.$TPE_ENV. A named file
	// must exist; the default one may be missing.
	EnvFile string
	// Resolve reads one secret by its name. Nil asks AWS Secrets Manager.
	Resolve func(ctx context.Context, name string) (string, error)
	// NoSecrets is for commands that need none: no secret is read or missed,
	// so that they run without a way to AWS. The variables stay empty.
	NoSecrets bool
	// KeepAWS is for commands that need no secret but the way to S3 and
	// DynamoDB: with NoSecrets, the variables of AWS are read all the same.
	KeepAWS bool
}

// Load reads the configuration. The process's environment wins over the
// file, the file over the defaults. Every wrong value is one line of the
// returned *tpe.Error, whose code is Misuse.
func Load(ctx context.Context, opts LoadOptions) (Config, error) {
	if opts.Getenv == nil {
		opts.Getenv = func(string) string { return "" }
	}
	var bad faults
	name := environment(opts.Getenv, &bad)
	if err := bad.err(); err != nil {
		return Config{}, err
	}
	file, read, err := readEnvFile(opts, name)
	if err != nil {
		return Config{}, err
	}
	values := merge(opts.Getenv, file)
	cfg := Config{Env: name, EnvFile: read}
	if opts.NoSecrets {
		dropSecrets(values, opts.KeepAWS)
	}
	if !opts.NoSecrets || opts.KeepAWS {
		resolve := opts.Resolve
		if resolve == nil {
			resolve = newManager(values).secret
		}
		cfg.Warnings = resolveSecrets(ctx, values, resolve, cfg.Production(), &bad)
	}
	parse(&cfg, values, &bad)
	check(&cfg, values, &bad)
	if !opts.NoSecrets || opts.KeepAWS {
		checkKeys(&cfg, &bad)
	}
	if !opts.NoSecrets {
		checkSecrets(&cfg, &bad)
	}
	if err := bad.err(); err != nil {
		return Config{}, err
	}
	return cfg, nil
}

// Production reports whether secrets must be real: everywhere but in the
// environments named development and test.
func (c Config) Production() bool { return c.Env != "development" && c.Env != "test" }

// Endpoint returns the address of a service of AWS that is not AWS's own: the
// service's, or else the one for all services; empty for neither.
func (c Config) Endpoint(service url.URL) string {
	if service.Host != "" {
		return service.String()
	}
	return c.AWSEndpointURL.String()
}

// environment reads the name of the environment. It becomes part of a file
// name, so that nothing but a plain word is taken.
func environment(getenv func(string) string, bad *faults) string {
	for _, variable := range []string{"TPE_ENV", "NODE_ENV"} {
		name := getenv(variable)
		if name == "" {
			continue
		}
		if !regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`).MatchString(name) {
			bad.add(variable, name, "a name of small letters, digits and dashes, as in production")
		}
		return name
	}
	return "development"
}
