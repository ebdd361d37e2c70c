// Package upcast turns the records of the service that tpe replaces into
// records of today's contract, and finds the calls that it logged twice.
//
// It is pure: a table of rules, each a small change with a name. It must
// never lose what a record says. What has no place in the contract stays
// where it was or moves to metadata as original_<name>, and metadata.upcast
// lists the rules that changed something. A record of today is left alone,
// so upcasting twice is upcasting once.
package upcast

import (
	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// The types of the old service that the contract does not have.
const (
	oldConversation  = "ai_conversation"
	oldFeedback      = "feedback_submission"
	oldValidation    = "partner_validation"
	oldOutcome       = "business_outcome"
	oldParticipation = "experiment_participation"
)

// Rule is a line of the table: what a rule is called in metadata.upcast and
// what it does.
type Rule struct {
	Name  string
	About string // one sentence
}

// Rules returns the table, in the order in which the rules run.
func Rules() []Rule {
	list := make([]Rule, len(table))
	for i, r := range table {
		list[i] = Rule{r.name, r.about}
	}
	return list
}

// The hashes of the names that Needed looks at.
var (
	hashType        = tape.NameHash("interaction_type")
	hashTimestamp   = tape.NameHash("timestamp")
	hashUserID      = tape.NameHash("user_id")
	hashPartnerID   = tape.NameHash("partner_id")
	hashAppVersion  = tape.NameHash("app_version")
	hashEnvironment = tape.NameHash("environment")
	hashMethod      = tape.NameHash("method")
	hashCall        = tape.NameHash("api_call")
	hashMetadata    = tape.NameHash("metadata")

	// Some bit of each: most other names are passed by with one look.
	hashBits = bitOf(hashType) | bitOf(hashTimestamp) | bitOf(hashUserID) | bitOf(hashPartnerID) | bitOf(hashAppVersion) |
		bitOf(hashEnvironment) | bitOf(hashMethod) | bitOf(hashCall) | bitOf(hashMetadata)
)

func bitOf(hash uint64) uint64 { return 1 << (hash >> 58) }

// traits is what one look at the members of a record shows.
type traits struct {
	old     bool // the old service wrote it
	strange bool // it is of today, but an id is a number or the time is in another form
}

// look reads the traits of a record in one pass over its members.
func look(t *tape.Tape) traits {
	var tr traits
	var version, environment, method, call, isCall bool
	metadata := -1
	for name, value := range t.Members(0) {
		hash := t.Nodes[name].Hash
		if hashBits&bitOf(hash) == 0 {
			continue
		}
		kind := t.Kind(value)
		switch hash {
		case hashType:
			switch string(t.Bytes(value)) {
			case oldConversation, oldFeedback, oldValidation, oldOutcome, oldParticipation:
				tr.old = true
			case tpe.TypeAPICall:
				isCall = true
			}
		case hashTimestamp:
			_, ok := tpe.ContractTime(t.Bytes(value))
			tr.strange = tr.strange || !ok || kind != tape.KindString
		case hashUserID, hashPartnerID:
			tr.strange = tr.strange || kind == tape.KindNumber
		case hashAppVersion:
			version = true
		case hashEnvironment:
			environment = true
		case hashMethod:
			method = true
		case hashCall:
			call = true
		case hashMetadata:
			metadata = value
		}
	}
	if isCall && method && !call {
		tr.old = true
	}
	// Today's place of these two is metadata. A client that has them there
	// and at the top uses names of its own.
	if version {
		tr.old = tr.old || !holds(t, metadata, "app_version")
	}
	if environment {
		tr.old = tr.old || !holds(t, metadata, "environment")
	}
	return tr
}

// holds says whether obj, -1 for none, has a member of that name.
func holds(t *tape.Tape, obj int, name string) bool {
	if obj < 0 {
		return false
	}
	_, ok := t.Get(obj, name)
	return ok
}

// Needed says whether the record on the tape was written by the old service,
// or has a numeric id or a time in another form than the contract's. It is
// one pass over the members of the record. A record of today that breaks the
// contract in other ways is not for this room: it needs nothing and stays
// invalid.
func Needed(t *tape.Tape) bool {
	if len(t.Nodes) == 0 {
		return false
	}
	tr := look(t)
	return tr.old || tr.strange
}

// Record appends the record on the tape to dst, on one line and as today's
// contract has it, and returns the rules that changed something. A record
// that needs nothing comes out as it is, without white space and without
// rules.
//
// It fails with a tpe.Error of the code Invalid, whose message is the
// reason, when the tape holds no object, or a record of the old service does
// not say what happened, or when. It does not check anything else: that is
// left to the schema.
func Record(dst []byte, t *tape.Tape) (out []byte, rules []string, err error) {
	if len(t.Nodes) == 0 || t.Kind(0) != tape.KindObject {
		return dst, nil, tpe.Errorf(tpe.Invalid, "not a record: a JSON object is expected")
	}
	tr := look(t)
	if !tr.old && !tr.strange {
		return t.AppendCompact(dst, 0), nil, nil
	}
	r := newRecord(t)
	r.old = tr.old
	if r.old && r.kind == "" {
		return dst, nil, tpe.Errorf(tpe.Invalid, "the record has no interaction_type, or not as text")
	}
	for _, rule := range table {
		if rule.oldOnly && !r.old {
			continue
		}
		if rule.apply(r) {
			rules = append(rules, rule.name)
		}
		if r.err != nil {
			return dst, nil, r.err
		}
	}
	if len(rules) > 0 {
		r.note(rules)
	}
	return r.append(dst), rules, nil
}

// MarkDuplicate appends the record on the tape to dst with
// metadata.duplicate_of set to the id of the record that says the same.
func MarkDuplicate(dst []byte, t *tape.Tape, of string) []byte {
	r := newRecord(t)
	r.metadata().set("duplicate_of", text(of))
	return r.append(dst)
}
