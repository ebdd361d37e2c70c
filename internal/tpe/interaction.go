// Package tpe is the ground floor: the words that every room shares. It keeps
// the types of interactions, the record of a tracked call, the one error type,
// and how to write JSON and to wait. It does no I/O and imports nothing but the
// standard library and uuid.
package tpe

import (
	"encoding/binary"
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

// Accounts returns those who have accounts. Each has ids of its own: a number
// alone names nobody.
func Accounts() []string { return []string{UserContractor, UserPartner, UserAdmin} }

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

// ParseTime reads any RFC 3339 time and returns it in UTC. A leap second is read
// as the last millisecond before the next day: a time.Time has none.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		if leap, ok := parseLeap(s); ok {
			return leap, nil
		}
	}
	return t.UTC(), err
}

// parseLeap reads a time in the 60th second of a minute. RFC 3339 has one in
// the last minute of a day in UTC alone.
func parseLeap(s string) (time.Time, bool) {
	const at = len("2006-01-02T15:04:")
	if len(s) < at+2 || s[at:at+2] != "60" {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, s[:at]+"59"+s[at+2:])
	t = t.UTC()
	if err != nil || t.Hour() != 23 || t.Minute() != 59 {
		return time.Time{}, false
	}
	return t.Truncate(time.Second).Add(999 * time.Millisecond), true
}

// TimeMillis reads the timestamp of a record: any RFC 3339 time whose year has
// four digits in UTC too, as milliseconds since 1970.
func TimeMillis(b []byte) (ms int64, ok bool) {
	if ms, ok := CanonicalTime(b); ok {
		return ms, true
	}
	t, err := ParseTime(string(b))
	if err != nil || t.Year() < 0 || t.Year() > 9999 {
		return 0, false
	}
	return t.UnixMilli(), true
}

// ContractTime reports whether b is a time in the form that the contract asks
// of a timestamp, and returns its milliseconds since 1970. It is CanonicalTime,
// and leap seconds.
func ContractTime(b []byte) (ms int64, ok bool) {
	if ms, ok := CanonicalTime(b); ok {
		return ms, true
	}
	const point, end = len("2006-01-02T15:04:05"), len(timeLayout) - 1
	if len(b) != len(timeLayout) || b[point] != '.' || b[end] != 'Z' {
		return 0, false
	}
	t, ok := parseLeap(string(b))
	return t.UnixMilli(), ok
}

// CanonicalTime reports whether b is a time exactly as AppendTime writes it,
// and returns its milliseconds since 1970.
func CanonicalTime(b []byte) (ms int64, ok bool) {
	if len(b) != len(timeLayout) {
		return 0, false
	}
	// Eight letters at a time, each as the distance from what the layout has
	// in its place: 0 for a letter, up to 9 for a digit.
	date := binary.LittleEndian.Uint64(b) ^ layoutDate
	mid := binary.LittleEndian.Uint64(b[8:]) ^ layoutMid
	end := binary.LittleEndian.Uint64(b[16:]) ^ layoutEnd
	// Adding 0x76 to a byte above 9 sets its highest bit.
	const above9, highest = 0x7676767676767676, 0x8080808080808080
	bad := ((date+above9)|date|(mid+above9)|mid|(end+above9)|end)&highest | date&lettersDate | mid&lettersMid | end&lettersEnd
	if bad != 0 {
		return 0, false
	}
	two := func(v uint64, at uint) int { return int(v>>(8*at)&0xff)*10 + int(v>>(8*at+8)&0xff) }
	year, month, day := 100*two(date, 0)+two(date, 2), two(date, 5), two(mid, 0)
	hour, minute, sec, milli := two(mid, 3), two(mid, 6), two(end, 1), 10*two(end, 4)+int(end>>48&0xff)
	if month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || sec > 59 || day > 28 && day > MonthDays(year, month) {
		return 0, false
	}
	// Days since 1970 in the proleptic Gregorian calendar, by counting from
	// the first of March of the year -400 (H. Hinnant, "chrono-compatible
	// low-level date algorithms").
	y, m := uint(year+400), uint(month)
	if m <= 2 {
		y--
		m += 12
	}
	days := int64(365*y+y/4-y/100+y/400+(153*(m-3)+2)/5+uint(day)) - 1 - 719468 - 146097
	return ((days*24+int64(hour))*60+int64(minute))*60_000 + int64(sec)*1000 + int64(milli), true
}

// timeLayout with zeros for the digits, and where it has letters.
const (
	layoutDate  = 0x2d30302d30303030 // 0000-00-
	layoutMid   = 0x30303a3030543030 // 00T00:00
	layoutEnd   = 0x5a3030302e30303a // :00.000Z
	lettersDate = 0xff0000ff00000000
	lettersMid  = 0x0000ff0000ff0000
	lettersEnd  = 0xff000000ff0000ff
)

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
