package tpe

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Call is what the server knows of one request that it answered. It becomes
// one api_call record.
type Call struct {
	ID        uuid.UUID
	Time      time.Time // when the request came in
	UserID    string
	UserType  string
	SessionID uuid.UUID // zero: none
	PartnerID string

	Method      string
	Path        string // as requested, without the query
	Route       string // the pattern that matched, empty when none did
	Query       [][2]string
	ContentType string
	// Body is the request's body as far as it was kept. BodyJSON says that
	// it is one JSON text and stands in the record as it is; else it is
	// stored as a string.
	Body      []byte
	BodyJSON  bool
	BodyBytes int64 // the length of the whole body
	BodyCut   bool  // Body is not the whole

	Status        int
	Duration      time.Duration
	ResponseBytes int64
	Aborted       bool   // the answer did not reach its end
	Fault         string // short reason: panic, timeout, token rejected, ...
	RequestID     string
	Upstream      bool // answered by the service behind

	AppVersion, Environment       string
	UserAgent, IPAddress, Referer string
}

// AppendJSON appends the call as one api_call record.
func (c *Call) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"interaction_id":"`...)
	dst = appendUUID(dst, c.ID)
	dst = append(dst, `","timestamp":"`...)
	dst = AppendTime(dst, c.Time)
	dst = append(dst, `","interaction_type":"api_call","user_id":`...)
	dst = AppendString(dst, c.UserID)
	dst = append(dst, `,"user_type":`...)
	dst = AppendString(dst, c.UserType)
	if c.SessionID != uuid.Nil {
		dst = append(dst, `,"session_id":"`...)
		dst = appendUUID(dst, c.SessionID)
		dst = append(dst, '"')
	}
	dst = appendField(dst, `,"partner_id":`, c.PartnerID)

	dst = append(dst, `,"api_call":{"method":`...)
	dst = AppendString(dst, c.Method)
	dst = append(dst, `,"path":`...)
	dst = AppendString(dst, c.Path)
	dst = appendField(dst, `,"route":`, c.Route)
	if len(c.Query) > 0 {
		dst = append(dst, `,"query_params":{`...)
		for i, kv := range c.Query {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendString(dst, kv[0])
			dst = append(dst, ':')
			dst = AppendString(dst, kv[1])
		}
		dst = append(dst, '}')
	}
	dst = appendField(dst, `,"content_type":`, c.ContentType)
	if c.BodyBytes > 0 {
		if len(c.Body) > 0 {
			dst = append(dst, `,"request_body":`...)
			if c.BodyJSON {
				dst = append(dst, c.Body...)
			} else {
				dst = AppendString(dst, string(c.Body))
			}
		}
		dst = append(dst, `,"request_body_bytes":`...)
		dst = strconv.AppendInt(dst, c.BodyBytes, 10)
		if c.BodyCut {
			dst = append(dst, `,"request_body_truncated":true`...)
		}
	}
	dst = append(dst, `,"response_status":`...)
	dst = strconv.AppendInt(dst, int64(c.Status), 10)
	dst = append(dst, `,"response_time_ms":`...)
	dst = appendMillis(dst, c.Duration)
	dst = append(dst, `,"response_bytes":`...)
	dst = strconv.AppendInt(dst, c.ResponseBytes, 10)
	if c.Aborted {
		dst = append(dst, `,"aborted":true`...)
	}
	dst = appendField(dst, `,"error":`, c.Fault)
	dst = appendField(dst, `,"request_id":`, c.RequestID)
	if c.Upstream {
		dst = append(dst, `,"upstream":true`...)
	}

	dst = append(dst, `},"metadata":{"app_version":`...)
	dst = AppendString(dst, c.AppVersion)
	dst = append(dst, `,"environment":`...)
	dst = AppendString(dst, c.Environment)
	dst = append(dst, `,"user_agent":`...)
	dst = AppendString(dst, c.UserAgent)
	dst = append(dst, `,"ip_address":`...)
	dst = AppendString(dst, c.IPAddress)
	dst = appendField(dst, `,"referrer":`, c.Referer)
	return append(dst, `,"schema_version":"`+SchemaVersion+`"}}`...)
}

// appendField appends a key and its text, or nothing for an empty text.
func appendField(dst []byte, key, value string) []byte {
	if value == "" {
		return dst
	}
	return AppendString(append(dst, key...), value)
}

// appendMillis appends a duration in milliseconds with two decimals at most.
func appendMillis(dst []byte, d time.Duration) []byte {
	ms := math.Round(float64(d)/float64(time.Millisecond)*100) / 100
	return strconv.AppendFloat(dst, ms, 'f', -1, 64)
}

func appendUUID(dst []byte, id uuid.UUID) []byte {
	for i, c := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string. Bytes that are not UTF-8 become
// U+FFFD.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(append(dst, s[from:i]...), "\ufffd"...)
				from = i + 1
			}
			i += n
			continue
		}
		dst = append(dst, s[from:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		from = i
	}
	return append(append(dst, s[from:]...), '"')
}
