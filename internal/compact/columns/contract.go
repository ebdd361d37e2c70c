package columns

// kind says what the values of a column are, or how columns are nested.
type kind uint8

const (
	text     kind = iota // a string
	document             // any JSON value, as its text
	instant              // a time as the contract writes it; milliseconds since 1970
	integer              // 64 bits, signed
	double               // IEEE 754, 64 bits
	boolean
	group    // an object with the fields that are listed
	list     // an array whose elements are like the one field
	stringly // an object of strings, whatever their names
	rest     // the members of an object that no column holds, as a JSON object
)

// trait says what is worth doing with the values of a column.
type trait uint8

const (
	// repeats: the same values come again and again. A dictionary is tried.
	repeats trait = 1 << iota
	// bounded: the least and the greatest value may be written beside the
	// data. Never set on a column that holds personal data.
	bounded
	// bloomed: a bloom filter helps to find one value.
	bloomed
	// wordy: long texts, for which a slower compression is worth its time.
	wordy
)

// field is a column, or a group of them. The id is what Iceberg and others
// know the column by: it never changes and is never used again.
type field struct {
	id     int32
	name   string
	kind   kind
	traits trait
	fields []field
}

// The columns that the rows are sorted by.
const (
	typeColumn = "interaction_type"
	timeColumn = "timestamp"
	idColumn   = "interaction_id"
)

// extraName names the columns for all that has no column of its own.
const extraName = "extra"

// contract returns the columns of an interaction, in the order of the file.
func contract() []field {
	return []field{
		{1, idColumn, text, bounded | bloomed, nil},
		{2, timeColumn, instant, bounded, nil},
		{3, typeColumn, text, repeats | bounded, nil},
		{4, "user_id", text, repeats, nil},
		{5, "user_type", text, repeats | bounded, nil},
		{6, "conversation_id", text, repeats, nil},
		{7, "session_id", text, repeats, nil},
		{8, "partner_id", text, repeats, nil},
		{9, "stakeholder_type", text, repeats | bounded, nil},
		{10, "parent_interaction_id", text, repeats, nil},
		{20, "api_call", group, 0, []field{
			{21, "method", text, repeats | bounded, nil},
			{22, "path", text, repeats, nil},
			{23, "route", text, repeats | bounded, nil},
			{24, "query_params", document, repeats, nil},
			{25, "request_body", document, wordy, nil},
			{26, "request_body_bytes", integer, repeats | bounded, nil},
			{27, "request_body_truncated", boolean, bounded, nil},
			{28, "content_type", text, repeats, nil},
			{29, "response_status", integer, repeats | bounded, nil},
			{30, "response_time_ms", double, repeats | bounded, nil},
			{31, "response_bytes", integer, repeats | bounded, nil},
			{32, "aborted", boolean, bounded, nil},
			{33, "error", text, repeats, nil},
			{34, "request_id", text, 0, nil},
			{35, "ip_address", text, repeats, nil},
			{36, "user_agent", text, repeats, nil},
			{37, "upstream", boolean, bounded, nil},
		}},
		{50, "outcomes", group, 0, []field{
			{51, "partner_matched", boolean, bounded, nil},
			{52, "demo_booked", boolean, bounded, nil},
			{53, "deal_closed", boolean, bounded, nil},
			{54, "deal_value", double, repeats | bounded, nil},
			{55, "satisfaction_score", double, repeats | bounded, nil},
			{56, "partner_id", text, repeats, nil},
			{57, "match_score", double, repeats | bounded, nil},
			{58, "match_reasons", list, 0, []field{{59, "element", text, repeats, nil}}},
			{60, "booking_date", text, repeats, nil},
			{61, "booking_time", text, repeats, nil},
			{62, "booking_type", text, repeats | bounded, nil},
		}},
		{80, "ai_conversation", group, 0, []field{
			{81, "messages", list, 0, []field{{82, "element", group, 0, []field{
				{83, "role", text, repeats | bounded, nil},
				{84, "content", text, wordy, nil},
				{85, "timestamp", instant, bounded, nil},
				{86, "tokens", integer, repeats | bounded, nil},
				{87, "model", text, repeats | bounded, nil},
				{88, "attachments", document, wordy, nil},
				{89, extraName, rest, repeats, nil},
			}}}},
			{90, "total_tokens", integer, repeats | bounded, nil},
			{91, "cost", double, repeats | bounded, nil},
			{92, "model", text, repeats | bounded, nil},
			{93, "duration_ms", double, repeats | bounded, nil},
			{94, "finish_reason", text, repeats | bounded, nil},
		}},
		{110, "feedback", group, 0, []field{
			{111, "rating", double, repeats | bounded, nil},
			{112, "comment", text, wordy, nil},
			{113, "category", text, repeats | bounded, nil},
			{114, "would_recommend", boolean, bounded, nil},
		}},
		{130, "experiments", stringly, 0, []field{
			{131, "key", text, repeats | bounded, nil},
			{132, "value", text, repeats | bounded, nil},
		}},
		{150, "metadata", group, 0, []field{
			{151, "app_version", text, repeats | bounded, nil},
			{152, "environment", text, repeats | bounded, nil},
			{153, "user_agent", text, repeats, nil},
			{154, "ip_address", text, repeats, nil},
			{155, "schema_version", text, repeats | bounded, nil},
			{156, "referrer", text, repeats, nil},
			{157, "device_type", text, repeats | bounded, nil},
			{158, "location", group, 0, []field{
				{159, "country", text, repeats, nil},
				{160, "state", text, repeats, nil},
				{161, "city", text, repeats, nil},
			}},
			{162, "duplicate_of", text, 0, nil},
		}},
		{200, extraName, rest, repeats | wordy, nil},
	}
}
