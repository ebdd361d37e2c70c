package athena

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
	"github.com/aws/smithy-go"

	"github.com/power100/tpe/internal/tpe"
)

// refused gives an error of a request its code and a text that a person can
// act on.
func refused(what string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := &tpe.Error{Code: tpe.Unavailable, Message: "Athena: " + what, Err: err}
	var api smithy.APIError
	if !errors.As(err, &api) {
		var wire *url.Error
		switch {
		case strings.Contains(err.Error(), "failed to refresh cached credentials"), strings.Contains(err.Error(), "get identity: "):
			e.Code, e.Err, e.Hint = tpe.Unauthorized, errors.New("no keys are configured"), "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role"
		case errors.As(err, &wire):
			e.Err, e.Hint = wire.Err, "see whether there is a way to Athena, and AWS_ENDPOINT_URL_ATHENA"
		}
		return e
	}
	code, text := api.ErrorCode(), firstLine(api.ErrorMessage())
	e.Err = errors.New(code + ": " + text)
	status := 0
	var r *awshttp.ResponseError
	if errors.As(err, &r) {
		status = r.HTTPStatusCode()
	}
	switch {
	case code == "AccessDeniedException" || code == "AccessDenied":
		e.Code, e.Hint = tpe.Forbidden, "let the keys do athena:StartQueryExecution, GetQueryExecution and StopQueryExecution in the workgroup"
	case code == "UnrecognizedClientException" || code == "InvalidSignatureException" || code == "ExpiredTokenException" || code == "MissingAuthenticationTokenException" || status == 401 || status == 403:
		e.Code, e.Hint = tpe.Unauthorized, "see AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION"
	case code == "TooManyRequestsException" || code == "ThrottlingException":
		e.Code, e.Hint = tpe.TooMany, "run it again later, or with fewer --jobs"
	case strings.Contains(text, "WorkGroup"):
		e.Code, e.Hint = tpe.Misuse, "see ATHENA_WORKGROUP"
	case strings.Contains(text, "output bucket") || strings.Contains(text, "output location"):
		e.Code, e.Hint = tpe.Forbidden, "see ATHENA_OUTPUT_LOCATION, and what the keys may do with the bucket"
	}
	return e
}

// open are the reasons whose text names tables, places and permissions, and
// never what is in a record. Of any other only the name is shown.
var open = regexp.MustCompile(`(?i)^(FAILED: )?(` +
	`SYNTAX_ERROR|[A-Z_]*NOT_FOUND|[A-Z_]*ALREADY_EXISTS|PERMISSION_DENIED|ACCESS_DENIED|HIVE_METASTORE_ERROR|HIVE_CANNOT_OPEN_SPLIT|HIVE_FILESYSTEM_ERROR|HIVE_WRITER_OPEN_ERROR|` +
	`EXCEEDED_[A-Z_]*|QUERY_[A-Z_]*|COMPILER_ERROR|SemanticException|ParseException|Access denied|Insufficient|Query exhausted|Query timeout|Query cancelled|Database .* not found)`)

// name finds the name of a reason.
var name = regexp.MustCompile(`\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b`)

// reasonShown is how many bytes of a reason are shown.
const reasonShown = 300

// failed says why a query has ended without success.
func failed(what, id string, s *types.QueryExecutionStatus) error {
	reason := aws.ToString(s.StateChangeReason)
	if reason == "" && s.AthenaError != nil {
		reason = aws.ToString(s.AthenaError.ErrorMessage)
	}
	reason = firstLine(reason)
	shown := reason
	if !open.MatchString(reason) {
		shown = name.FindString(reason)
	}
	if len(shown) > reasonShown {
		shown = shown[:reasonShown] + "..."
	}
	e := &tpe.Error{Code: tpe.Unavailable, Message: "Athena: " + what + ": query " + id + " " + strings.ToLower(string(s.State)),
		Hint: "nothing was replaced; the query's whole reason is in Athena's history, and --dry-run prints the SQL"}
	if shown != "" {
		e.Err = errors.New(shown)
	}
	lower := strings.ToLower(reason)
	has := func(parts ...string) bool {
		for _, p := range parts {
			if strings.Contains(lower, p) {
				return true
			}
		}
		return false
	}
	switch {
	case s.State == types.QueryExecutionStateCancelled:
		e.Hint = "somebody stopped the query; run it again"
	case has("database does not exist", "schema_not_found", "database not found", "entitynotfoundexception: database"):
		e.Code, e.Hint = tpe.Misuse, "see ATHENA_DATABASE; CREATE DATABASE makes one"
	case has("access denied", "accessdenied", "permission_denied", "status code: 403", "insufficient", "is not authorized"):
		e.Code, e.Hint = tpe.Forbidden, "let the keys, and Lake Formation where it is used, read raw/, write engine.tmp/ and make tables in the database"
	case s.AthenaError != nil && s.AthenaError.Retryable:
		e.Hint = "nothing was replaced; run it again"
	}
	return e
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
