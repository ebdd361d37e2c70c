package upcast

import "github.com/power100/tpe/internal/tpe"

// rule is one small change. It says whether it changed the record.
type rule struct {
	name    string
	oldOnly bool // only for records of the old service
	apply   func(*record) bool
	about   string
}

// table holds the rules in the order in which they run: what every record
// needs, then what a type needs, then what the contract asks of the result.
var table = []rule{
	{"interaction_id_uuid", true, idUUID, "An interaction_id that is missing or no uuid becomes a uuid made from it, or from the whole record."},
	{"timestamp_utc", false, timestampUTC, "A timestamp in another form becomes RFC 3339 in UTC with milliseconds."},
	{"context_in_metadata", true, contextInMetadata, "app_version, environment, user_agent, ip_address and referrer move from the top into metadata."},
	{"ip_address_plain", true, ipPlain, "An IPv4 address that is written as IPv6 (::ffff:127.0.0.1) is written as IPv4."},
	{"user_id_text", false, userIDText, "A numeric user_id becomes text."},
	{"user_id_from_partner", true, userIDFromPartner, "A record of a partner without user_id has the partner as its user, as the old service did where it set one."},
	{"user_id_anonymous", true, userIDAnonymous, "A user_id that is missing, 0, empty, undefined or null, or a visitor's made-up id (anon-5) without user_type, becomes anonymous."},
	{"user_type_known", true, userTypeKnown, "A user_type that is missing, unknown, anonymous or not of the contract is decided: unknown for anonymous users, admin for calls (only administrators' tokens left an id), partner for records about a partner's own work, else contractor."},
	{"session_id_aside", true, sessionAside, "The session_id, a new one in each record, moves to metadata.original_session_id: it links nothing."},
	{"conversation_id_uuid", true, conversationUUID, "A conversation_id that is no uuid moves to metadata.original_conversation_id."},
	{"partner_id_text", false, partnerIDText, "A numeric partner_id, at the top or in outcomes, becomes text."},
	{"metadata_one_spelling", true, oneSpelling, "A camelCase member of metadata goes when its snake_case twin says the same."},
	{"null_removed", true, nullRemoved, "A null where the contract has a typed field is removed: not known is not there."},

	{"call_in_object", true, callInObject, "method, path, route, query_params, request_body, response_status and response_time_ms of a call move into api_call."},
	{"call_full_path", true, callFullPath, "The path and route of a call, written relative to the router that answered, become full where only one router can have answered; else api_call.path_relative is true."},
	{"query_params_text", true, queryParamsText, "A query parameter that was read as a list or object becomes its JSON text."},

	{"deal_value_number", true, dealValueNumber, "A deal_value such as \"$12,500\" becomes a number; the text stays in outcomes.deal_value_text."},
	{"satisfaction_in_outcomes", true, satisfactionInOutcomes, "The satisfaction_score of a deal moves from metadata to outcomes."},
	{"concierge_from_conversation", true, conciergeFromConversation, "ai_conversation becomes ai_concierge; messages and ai_metadata move into the object ai_conversation, response_time_ms as duration_ms."},
	{"messages_complete", true, messagesComplete, "A message without text, sent with a file, has the empty text; the roles ai and bot become assistant, human becomes user; its time is made readable."},
	{"feedback_from_submission", true, feedbackFromSubmission, "feedback_submission becomes feedback; comments becomes comment."},
	{"feedback_in_object", true, feedbackInObject, "rating and comment of a feedback move into the object feedback, feedback_metadata into metadata."},
	{"exposure_from_participation", true, exposureFromParticipation, "experiment_participation becomes experiment_exposure; name and variant move to experiments."},
	{"reference_from_validation", true, referenceFromValidation, "partner_validation becomes employee_feedback for surveys of employees, else customer_reference; what was validated moves into the object validation."},
	{"form_from_outcome", true, formFromOutcome, "business_outcome becomes form_submission: figures that were sent in from elsewhere. outcome_type and value move into outcomes; no flag of the funnel is set."},

	{"number_from_text", true, numberFromText, "A number that was written as text becomes a number; text that is no number moves to <name>_text."},
	{"inner_time_readable", true, innerTimeReadable, "A timestamp inside outcomes, feedback or analysis becomes RFC 3339; one that cannot be read moves to timestamp_text."},
	{"metadata_complete", true, metadataComplete, "The fields that metadata always has are empty where the old service did not write them, and schema_version is set."},
}

// fields names members of an object of the record, or of its top ("").
type fields struct {
	object string
	names  []string
}

// numberFields are the fields of the contract that hold a number and that
// callers of the old service could fill with text. deal_value has a rule of
// its own.
var numberFields = []fields{
	{"outcomes", []string{"satisfaction_score", "match_score", "previous_score", "new_score", "score_change", "engagement_score", "time_to_action"}},
	{"feedback", []string{"rating"}},
	{"validation", []string{"score", "confidence_score"}},
	{"ai_conversation", []string{"total_tokens", "cost", "duration_ms"}},
	{"api_call", []string{"response_status", "response_time_ms"}},
}

// typedFields are the fields of the contract in which null is not allowed,
// by their old names.
var typedFields = []fields{
	{"", []string{"session_id", "conversation_id", "parent_interaction_id", "partner_id", "stakeholder_type",
		"outcomes", "feedback", "podcast_id", "event_id", "target_id", "route", "query_params"}},
	{"outcomes", []string{"partner_matched", "demo_booked", "deal_closed", "deal_value", "satisfaction_score", "partner_id",
		"match_score", "match_reasons", "booking_date", "booking_time", "booking_type", "timestamp", "deal_type", "contract_length"}},
	{"feedback", []string{"rating", "comment", "comments", "category", "categories", "would_recommend", "timestamp"}},
	{"ai_metadata", []string{"total_tokens", "cost", "model", "response_time_ms"}},
	{"metadata", []string{"referrer", "device_type", "location", "satisfaction_score", "source", "special_instructions",
		"contractor_stage", "focus_areas", "revenue_tier", "browser"}},
}

// alwaysInMetadata are the fields that the contract requires there.
var alwaysInMetadata = []string{"app_version", "environment", "user_agent", "ip_address"}

// partnerTypes are the types whose user is a partner when nothing else is
// said.
var partnerTypes = []string{
	oldValidation, tpe.TypePowerConfidenceUpdate, tpe.TypePartnerOnboarding, tpe.TypeMessageConsistencyAnalysis,
}
