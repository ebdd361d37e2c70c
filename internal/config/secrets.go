package config

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"github.com/power100/tpe/internal/amazon"
)

// secretOpen begins a reference to a secret; a brace ends it.
const secretOpen = "${SECRET_MANAGER_"

// isTemplate reports whether a value is one reference as a whole, such as
// ${NAME}: a deployment that did not fill it in.
func isTemplate(value string) bool {
	return strings.HasPrefix(value, "${") && strings.HasSuffix(value, "}") && strings.Count(value, "}") == 1
}

// secretTimeout bounds the time that all secrets together may take.
const secretTimeout = 15 * time.Second

// secretName returns NAME of ${SECRET_MANAGER_NAME}.
func secretName(value string) (name string, ok bool) {
	name, ok = strings.CutPrefix(value, secretOpen)
	if !ok {
		return "", false
	}
	name, ok = strings.CutSuffix(name, "}")
	return name, ok && name != ""
}

// dropSecrets unsets what is secret, or refers to a secret. The database's
// address stays as far as it is no reference, and so do the variables of AWS
// when they are to be kept.
func dropSecrets(values map[string]string, keepAWS bool) {
	for _, v := range variables() {
		if keepAWS && ofAWS(v.name) {
			continue
		}
		if v.field != "DatabaseURL" && v.secret || strings.HasPrefix(values[v.name], secretOpen) {
			delete(values, v.name)
		}
	}
}

// ofAWS reports whether a variable says how to reach S3 and DynamoDB.
func ofAWS(name string) bool {
	return strings.HasPrefix(name, "AWS_") || name == "DATA_LAKE_BUCKET" || name == "INTERACTIONS_TABLE"
}

// resolveSecrets replaces every reference in values. One that cannot be
// resolved is a fault in production; elsewhere the value is left unset and
// the returned warnings say so.
func resolveSecrets(ctx context.Context, values map[string]string, resolve func(context.Context, string) (string, error), production bool, bad *faults) []string {
	ctx, cancel := context.WithTimeout(ctx, secretTimeout)
	defer cancel()
	var warnings []string
	for _, v := range variables() {
		value := values[v.name]
		if !strings.HasPrefix(value, secretOpen) {
			if v.secret && isTemplate(value) {
				bad.say(v.name + "=" + value + " was not filled in: it must be the value itself, or " + secretOpen + "NAME}")
			}
			continue
		}
		delete(values, v.name)
		name, ok := secretName(value)
		if !ok {
			bad.add(v.name, value, secretOpen+"NAME}")
			continue
		}
		secret, err := resolve(ctx, name)
		if err == nil && strings.TrimSpace(secret) == "" {
			err = errors.New("it is empty")
		}
		switch {
		case err == nil:
			values[v.name] = strings.TrimSpace(secret)
		case production:
			bad.say(missing(v.name, name) + ": " + err.Error())
		default:
			warnings = append(warnings, missing(v.name, name)+" and is left unset: "+err.Error())
		}
	}
	return warnings
}

// missing says what could not be read. The name of the secret does not follow
// an equals sign: there the log would take it for the secret itself.
func missing(variable, name string) string {
	return fmt.Sprintf("%s could not be read from AWS Secrets Manager (its name there is %s)", variable, name)
}

// manager reads AWS Secrets Manager with the same region, endpoint and keys
// that the configuration names. The client is made at the first secret.
type manager struct {
	values map[string]string
	client *secretsmanager.Client
}

func newManager(values map[string]string) *manager { return &manager{values: values} }

// secret reads one secret. A key/value secret (a JSON object, as the AWS
// console makes them) gives the value under the same name.
func (m *manager) secret(ctx context.Context, name string) (string, error) {
	if err := m.open(ctx); err != nil {
		return "", err
	}
	out, err := m.client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(name)})
	if err != nil {
		return "", short(err)
	}
	if out.SecretString == nil {
		return "", errors.New("it holds no text")
	}
	var pairs map[string]string
	if json.Unmarshal([]byte(*out.SecretString), &pairs) == nil {
		value, ok := pairs[name]
		if !ok {
			return "", fmt.Errorf("its JSON object has no key %s", name)
		}
		return value, nil
	}
	return *out.SecretString, nil
}

func (m *manager) open(ctx context.Context) error {
	if m.client != nil {
		return nil
	}
	keys := amazon.Keys{Region: m.values["AWS_REGION"]}
	if id, key := m.values["AWS_ACCESS_KEY_ID"], m.values["AWS_SECRET_ACCESS_KEY"]; id != "" && key != "" {
		keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken = id, key, m.values["AWS_SESSION_TOKEN"]
	}
	cfg, err := amazon.Load(ctx, keys)
	if err != nil {
		return err
	}
	m.client = secretsmanager.NewFromConfig(cfg, func(o *secretsmanager.Options) {
		if endpoint := m.values["AWS_ENDPOINT_URL"]; endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
	})
	return nil
}

// short keeps of an SDK error what a person can act on, in one line.
func short(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		return fmt.Errorf("%s: %s", api.ErrorCode(), strings.ReplaceAll(api.ErrorMessage(), "\n", " "))
	}
	var net *url.Error
	if errors.As(err, &net) {
		return net.Err
	}
	if i := strings.LastIndex(err.Error(), ", "); i >= 0 {
		return errors.New(err.Error()[i+2:])
	}
	return err
}
