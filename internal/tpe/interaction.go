// Package tpe is the ground floor: the words that every room shares. It keeps
// the types of interactions, the record of a tracked call, and the one error
// type. It does no I/O and imports nothing but the standard library and uuid.
package tpe

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// The types of interactions that exist from the start.
const (
	TypeAPICall                    = "api_call"
	TypeAIConcierge                = "ai_concierge"
	TypeAIConciergeResponse        = "ai_concierge_response"
	TypePartnerMatch               = "partner_match"
	TypeDemoBooking                = "demo_booking"
	TypeDealClosed                 = "deal_closed"
	TypeFeedback                   = "feedback"
	TypeEmployeeFeedback           = "employee_feedback"
	TypeCustomerReference          = "customer_reference"
	TypeDemoUpload                 = "demo_upload"
	TypeMessageConsistencyAnalysis = "message_consistency_analysis"
	TypePageView                   = "page_view"
	TypeNavigation                 = "navigation"
	TypePerformance                = "performance"
	TypeClientError                = "client_error"
	TypeExperimentExposure         = "experiment_exposure"
	TypeCTAClick                   = "cta_click"
	TypeFlowCompletion             = "flow_completion"
	TypePartnerOnboarding          = "partner_onboarding"
	TypePowerConfidenceUpdate      = "powerconfidence_update"
	TypePodcastInteraction         = "podcast_interaction"
	TypeEventInteraction           = "event_interaction"
	TypeFormSubmission             = "form_submission"
)

// Types returns the types above in the order of the contract.
func Types() []string {
	return []string{
		TypeAPICall, TypeAIConcierge, TypeAIConciergeResponse, TypePartnerMatch, TypeDemoBooking,
		TypeDealClosed, TypeFeedback, TypeEmployeeFeedback, TypeCustomerReference, TypeDemoUpload,
		TypeMessageConsistencyAnalysis, TypePageView, TypeNavigation, TypePerformance, TypeClientError,
		TypeExperimentExposure, TypeCTAClick, TypeFlowCompletion, TypePartnerOnboarding,
		TypePowerConfidenceUpdate, TypePodcastInteraction, TypeEventInteraction, TypeFormSubmission,
	}
}

// KnownType reports whether name is one of Types.
func KnownType(name string) bool { return slices.Contains(Types(), name) }

// Who may stand behind a record.
const (
	UserContractor = "contractor"
	UserPartner    = "partner"
	UserAdmin      = "admin"
	UserUnknown    = "unknown" // only with the user id Anonymous
)

// Anonymous is the user_id of a record when nobody is signed in.
const Anonymous = "anonymous"

// SchemaVersion is the version of the contract that new records carry in
// metadata.schema_version.
const SchemaVersion = "1"

// NewID returns a new interaction id: a version 7 uuid, which sorts by time.
func NewID() uuid.UUID {
	id, err := uuid.NewV7()
	if err != nil {
		panic(err) // the system has no randomness; nothing can go on
	}
	return id
}

// timeLayout is how the contract writes a time: RFC 3339, UTC, milliseconds.
const timeLayout = "2006-01-02T15:04:05.000Z"

// FormatTime writes t as the contract does.
func FormatTime(t time.Time) string { return string(AppendTime(nil, t)) }

// AppendTime appends t as the contract writes it.
func AppendTime(dst []byte, t time.Time) []byte { return t.UTC().AppendFormat(dst, timeLayout) }

// ParseTime reads any RFC 3339 time and returns it in UTC.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	return t.UTC(), err
}

// CanonicalTime reports whether b is a time exactly as the contract writes
// it, and returns its milliseconds since 1970.
func CanonicalTime(b []byte) (ms int64, ok bool) {
	if len(b) != len(timeLayout) || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' || b[19] != '.' || b[23] != 'Z' {
		return 0, false
	}
	num := func(from, to int) int {
		v := 0
		for _, c := range b[from:to] {
			if c -= '0'; c > 9 {
				return -1
			}
			v = v*10 + int(c)
		}
		return v
	}
	year, month, day := num(0, 4), num(5, 7), num(8, 10)
	hour, minute, sec, milli := num(11, 13), num(14, 16), num(17, 19), num(20, 23)
	if year < 0 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || sec < 0 || sec > 59 || milli < 0 {
		return 0, false
	}
	// Days since 1970 in the proleptic Gregorian calendar, by counting from
	// the first of March of the year 0 (H. Hinnant, "chrono-compatible
	// low-level date algorithms").
	y, m := year, month
	if m <= 2 {
		y--
		m += 12
	}
	days := 365*y + floorDiv(y, 4) - floorDiv(y, 100) + floorDiv(y, 400) + (153*(m-3)+2)/5 + day - 1 - 719468
	if day > 28 && day > MonthDays(year, month) {
		return 0, false
	}
	return ((int64(days)*24+int64(hour))*60+int64(minute))*60_000 + int64(sec)*1000 + int64(milli), true
}

func floorDiv(a, b int) int {
	if a < 0 {
		return -((b - 1 - a) / b)
	}
	return a / b
}

// MonthDays returns the number of days of a month, 1 to 12, in the Gregorian
// calendar.
func MonthDays(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	default:
		return 31
	}
}
