package upcast

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/tape"
	"github.com/power100/tpe/internal/tpe"
)

// oldRecords is the name space of the ids that are made from what the old
// service wrote, so that the same record gets the same id each time.
var oldRecords = uuid.MustParse("7c1f3c52-6a0e-5d57-9f1e-0d1f2a7b8c90")

// idOf returns the uuid of the record on the tape, and whether it was made
// because the record has none.
func idOf(t *tape.Tape) (id uuid.UUID, made bool) {
	var name []byte
	if n, ok := t.Find("interaction_id"); ok && t.Kind(n) == tape.KindString {
		name = t.Bytes(n)
		if len(name) == len(uuid.Nil.String()) {
			if id, err := uuid.ParseBytes(name); err == nil {
				return id, false
			}
		}
	}
	if len(name) == 0 {
		name = binary.BigEndian.AppendUint64(nil, t.ContentHash())
	}
	return uuid.NewSHA1(oldRecords, name), true
}

func idUUID(r *record) bool {
	id, made := idOf(r.t)
	if !made {
		return false
	}
	if v, ok := r.top.get("interaction_id"); ok {
		r.aside("interaction_id", v)
	}
	r.top.set("interaction_id", text(id.String()))
	return true
}

func timestampUTC(r *record) bool {
	v, ok := r.top.get("timestamp")
	if !ok {
		return r.refuse("the record has no timestamp")
	}
	if r.is(v, tape.KindString) {
		if _, ok := tpe.ContractTime([]byte(r.text(v))); ok {
			return false
		}
	}
	at, ok := r.readTime(v)
	if !ok {
		return r.refuse("the timestamp cannot be read as a time")
	}
	r.aside("timestamp", v)
	r.top.set("timestamp", text(tpe.FormatTime(at)))
	return true
}

// refuse says why a record of the old service cannot be turned. One of today
// is left to the schema, which shows all that is wrong with it.
func (r *record) refuse(reason string) bool {
	if r.old {
		r.err = &tpe.Error{Code: tpe.Invalid, Message: reason}
	}
	return false
}

func contextInMetadata(r *record) (changed bool) {
	for _, name := range append(slices.Clone(alwaysInMetadata), "referrer") {
		v, ok := r.top.get(name)
		if !ok {
			continue
		}
		switch r.kindOf(v) {
		case tape.KindString:
		case tape.KindNumber:
			r.top.set(name, text(r.text(v)))
		case tape.KindNull:
			r.top.take(name)
			changed = true
			continue
		default:
			r.top.take(name)
			r.aside(name, v)
			changed = true
			continue
		}
		changed = r.move(r.top, name, r.metadata(), name) || changed
	}
	return changed
}

func ipPlain(r *record) bool {
	v, ok := r.metadata().get("ip_address")
	if !ok || !r.is(v, tape.KindString) {
		return false
	}
	addr, err := netip.ParseAddr(r.text(v))
	if err != nil || !addr.Is4In6() {
		return false
	}
	r.metadata().set("ip_address", text(addr.Unmap().String()))
	return true
}

func userIDText(r *record) bool {
	v, ok := r.top.get("user_id")
	if !ok || !r.is(v, tape.KindNumber) {
		return false
	}
	r.top.set("user_id", text(r.text(v)))
	return true
}

// nobody says whether the record names no user: nothing, a value that
// JavaScript takes for false, or the text that such a value becomes.
func (r *record) nobody() bool {
	v, ok := r.top.get("user_id")
	if !ok || !r.is(v, tape.KindString) {
		return true
	}
	return slices.Contains([]string{"", "0", "undefined", "null", "NaN"}, strings.TrimSpace(r.text(v)))
}

func userIDFromPartner(r *record) bool {
	id, ok := r.top.get("partner_id")
	if !ok || !r.nobody() || r.str(r.top, "user_type") != tpe.UserPartner || r.is(id, tape.KindNull) {
		return false
	}
	r.top.set("user_id", text(r.text(id)))
	return true
}

func userIDAnonymous(r *record) bool {
	id := r.str(r.top, "user_id")
	switch {
	case id == tpe.Anonymous:
		return false
	case r.nobody(), strings.EqualFold(id, tpe.Anonymous):
	case strings.HasPrefix(id, "anon") && !knownUser(r.str(r.top, "user_type")):
	default:
		return false
	}
	if v, ok := r.top.get("user_id"); ok && !r.is(v, tape.KindNull) && id != "" {
		r.aside("user_id", v)
	}
	r.top.set("user_id", text(tpe.Anonymous))
	return true
}

// knownUser says whether the contract has this user_type for a user who is
// signed in.
func knownUser(kind string) bool {
	return kind == tpe.UserContractor || kind == tpe.UserPartner || kind == tpe.UserAdmin
}

func userTypeKnown(r *record) bool {
	was := r.str(r.top, "user_type")
	if knownUser(was) {
		return false
	}
	is := tpe.UserContractor
	switch {
	case knownUser(strings.ToLower(was)):
		is = strings.ToLower(was)
	case r.str(r.top, "user_id") == tpe.Anonymous:
		is = tpe.UserUnknown
	case r.kind == tpe.TypeAPICall:
		is = tpe.UserAdmin
	case slices.Contains(partnerTypes, r.kind):
		is = tpe.UserPartner
	}
	if is == was {
		return false
	}
	if was != "" && was != tpe.UserUnknown && was != tpe.Anonymous {
		r.aside("user_type", text(was))
	}
	r.top.set("user_type", text(is))
	return true
}

func sessionAside(r *record) bool {
	v, ok := r.top.take("session_id")
	if ok && !r.is(v, tape.KindNull) {
		r.aside("session_id", v)
	}
	return ok
}

func conversationUUID(r *record) bool {
	v, ok := r.top.get("conversation_id")
	if !ok || r.is(v, tape.KindNull) {
		return false
	}
	if id := r.text(v); r.is(v, tape.KindString) && len(id) == len(uuid.Nil.String()) && uuid.Validate(id) == nil {
		return false
	}
	r.top.take("conversation_id")
	r.aside("conversation_id", v)
	return true
}

func partnerIDText(r *record) (changed bool) {
	for _, o := range []*object{r.top, r.open(r.top, "outcomes")} {
		if o == nil {
			continue
		}
		if v, ok := o.get("partner_id"); ok && r.is(v, tape.KindNumber) {
			o.set("partner_id", text(r.text(v)))
			changed = true
		}
	}
	return changed
}

func oneSpelling(r *record) (changed bool) {
	metadata := r.open(r.top, "metadata")
	if metadata == nil {
		return false
	}
	for _, m := range slices.Clone(metadata.members) {
		twin := snake(m.name)
		if there, ok := metadata.get(twin); ok && twin != m.name && r.same(there, m.value) {
			metadata.take(m.name)
			changed = true
		}
	}
	return changed
}

func nullRemoved(r *record) (changed bool) {
	for _, in := range typedFields {
		o := r.top
		if in.object != "" {
			o = r.open(r.top, in.object)
		}
		if o == nil {
			continue
		}
		for _, name := range in.names {
			if v, ok := o.get(name); ok && r.is(v, tape.KindNull) {
				o.take(name)
				changed = true
			}
		}
	}
	return changed
}

func metadataComplete(r *record) (changed bool) {
	metadata := r.metadata()
	for _, name := range alwaysInMetadata {
		changed = metadata.add(name, text("")) || changed
	}
	return metadata.add("schema_version", text(tpe.SchemaVersion)) || changed
}
