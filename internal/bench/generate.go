package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"

	"github.com/power100/tpe/internal/tpe"
)

// generator makes records that are valid under the contract. The same seed,
// number and days make the same records, in the order of their time.
type generator struct {
	words  *words
	rand   *rand.Rand
	start  time.Time
	step   time.Duration // from one record to the next, on average
	made   int
	visits [200]visit
}

// visit is somebody who uses the platform right now. Records of one visit
// share the person, the session, the device and the place.
type visit struct {
	session, conversation uuid.UUID
	user, kind            string
	address               string
	agent                 agent
	place                 place
	left                  int // records until it ends
}

// generatedDays is how all the days of 30 begin.
const generatedDays = "2025-06"

// newGenerator makes n records spread over so many days from 2025-06-01.
func newGenerator(seed uint64, n, days int) *generator {
	return &generator{
		words: newWords(),
		rand:  rand.New(rand.NewPCG(seed, 100)),
		start: time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC),
		step:  time.Duration(days) * 24 * time.Hour / time.Duration(max(n, 1)),
	}
}

// next appends the next record and returns it with its time.
func (g *generator) next(dst []byte) ([]byte, time.Time) {
	at := g.start.Add(time.Duration(g.made)*g.step + time.Duration(g.rand.Int64N(int64(g.step)+1))).Truncate(time.Millisecond)
	g.made++
	v := g.visit()
	kind := g.kind()
	w := &writer{append(dst, '{')}
	w.id("interaction_id", g.idAt(at))
	w.time("timestamp", at)
	w.str("interaction_type", kind)
	w.str("user_id", v.user)
	w.str("user_type", v.kind)
	w.id("session_id", v.session)
	g.body(w, kind, at, v)
	if kind == tpe.TypeExperimentExposure || g.rand.IntN(4) == 0 {
		g.experiments(w)
	}
	g.metadata(w, v)
	w.out('}')
	return w.b, at
}

// kind draws a type: mostly calls of the API, as in the lakes of the service
// that came before.
func (g *generator) kind() string {
	switch x := g.rand.IntN(100); {
	case x < 64:
		return tpe.TypeAPICall
	case x < 71:
		return tpe.TypePageView
	case x < 75:
		return tpe.TypeNavigation
	case x < 83:
		return tpe.TypeAIConcierge
	case x < 85:
		return tpe.TypeAIConciergeResponse
	case x < 90:
		return tpe.TypePartnerMatch
	case x < 92:
		return tpe.TypeDemoBooking
	case x < 93:
		return tpe.TypeDealClosed
	case x < 96:
		return tpe.TypeFeedback
	case x < 97:
		return tpe.TypeEmployeeFeedback
	case x < 98:
		return tpe.TypeCustomerReference
	default:
		return tpe.TypeExperimentExposure
	}
}

func (g *generator) visit() *visit {
	v := &g.visits[g.rand.IntN(len(g.visits))]
	if v.left > 0 {
		v.left--
		return v
	}
	r := g.rand
	*v = visit{
		session:      g.id(),
		conversation: g.id(),
		user:         fmt.Sprint(1 + r.IntN(40_000)),
		kind:         tpe.UserContractor,
		address:      fmt.Sprintf("%d.%d.%d.%d", 23+r.IntN(150), r.IntN(256), r.IntN(256), 1+r.IntN(254)),
		agent:        pick(r, g.words.agents),
		place:        pick(r, g.words.cities),
		left:         3 + r.IntN(30),
	}
	switch x := r.IntN(100); {
	case x < 12:
		v.user, v.kind = tpe.Anonymous, tpe.UserUnknown
	case x < 30:
		v.kind = tpe.UserPartner
	case x < 35:
		v.kind = tpe.UserAdmin
	}
	return v
}

func (g *generator) experiments(w *writer) {
	w.in("experiments", '{')
	for i, name := range g.words.experiments {
		if i == 0 || g.rand.IntN(3) == 0 {
			w.str(name, pick(g.rand, g.words.variants))
		}
	}
	w.out('}')
}

func (g *generator) metadata(w *writer, v *visit) {
	w.in("metadata", '{')
	w.str("app_version", pick(g.rand, g.words.versions))
	w.str("environment", "production")
	w.str("user_agent", v.agent.name)
	w.str("ip_address", v.address)
	w.str("device_type", v.agent.device)
	if g.rand.IntN(3) > 0 {
		w.str("referrer", "https://app.power100.example"+pick(g.rand, g.words.pages).path)
	}
	w.in("location", '{')
	w.str("country", "US")
	w.str("state", v.place.state)
	w.str("city", v.place.city)
	w.out('}')
	w.str("schema_version", tpe.SchemaVersion)
	w.out('}')
}

// id returns a version 4 uuid, drawn from the seed.
func (g *generator) id() uuid.UUID {
	var id uuid.UUID
	a, b := g.rand.Uint64(), g.rand.Uint64()
	for i := range 8 {
		id[i], id[8+i] = byte(a>>(8*i)), byte(b>>(8*i))
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id
}

// idAt returns a version 7 uuid of that time.
func (g *generator) idAt(at time.Time) uuid.UUID {
	id := g.id()
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	id[6] = id[6]&0x0f | 0x70
	return id
}

// text appends sentences until there are at least so many bytes.
func (g *generator) text(length int) string {
	var b []byte
	for len(b) < length {
		if len(b) > 0 {
			b = append(b, " \n"[g.rand.IntN(40)/39])
		}
		b = append(append(b, pick(g.rand, g.words.subjects)...), ' ')
		b = append(append(b, pick(g.rand, g.words.verbs)...), ' ')
		b = append(append(b, pick(g.rand, g.words.objects)...), ' ')
		b = append(b, pick(g.rand, g.words.endings)...)
	}
	return string(b)
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }
