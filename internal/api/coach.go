package api

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/power100/tpe/internal/auth"
	"github.com/power100/tpe/internal/coach"
	"github.com/power100/tpe/internal/match"
	"github.com/power100/tpe/internal/sqldb"
	"github.com/power100/tpe/internal/tpe"
)

// coaching keeps the answers of the coach that are under way.
type coaching struct {
	ctx  context.Context // of the calls to the AI service; ends with the server
	stop context.CancelFunc

	mu      sync.Mutex
	running map[int64]*turn // by the id of the answer
	users   map[string]int  // how many of a user are under way
}

func newCoaching() *coaching {
	ctx, stop := context.WithCancel(context.Background())
	return &coaching{ctx: ctx, stop: stop, running: map[int64]*turn{}, users: map[string]int{}}
}

const (
	// coachStreams is how many answers are under way at once, coachStreamsUser
	// how many of one user.
	coachStreams     = 64
	coachStreamsUser = 3
	// coachResume is how long after its last message a conversation goes on
	// that a message without a conversation id belongs to.
	coachResume = 30 * time.Minute
	// coachHistory is how many messages are read at most.
	coachHistory = 60
)

// enter reserves a place for an answer. leave gives it back.
func (c *coaching) enter(user string) (leave func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	total := 0
	for _, n := range c.users {
		total += n
	}
	switch {
	case c.users[user] >= coachStreamsUser:
		return nil, tooMany(5*time.Second, "Too many questions at once, please wait for an answer")
	case total >= coachStreams:
		return nil, later{&tpe.Error{Code: tpe.Unavailable, Message: "The AI coach is busy, please try again"}, 5 * time.Second}
	}
	c.users[user]++
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.users[user]--; c.users[user] == 0 {
			delete(c.users, user)
		}
	}), nil
}

func (c *coaching) add(t *turn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running[t.answer] = t
}

func (c *coaching) remove(t *turn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.running, t.answer)
}

// find returns an answer that is under way in this process.
func (c *coaching) find(id int64) *turn {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.running[id]
}

// learner is whose conversation with the coach a request is about. An
// administrator may name a contractor, and else speaks for nobody but
// themselves.
type learner struct {
	owner      sqldb.CoachOwner
	contractor *sqldb.Contractor // nil: an administrator's own
}

// learner finds out whose conversation a request is about.
func (s *Server) learner(ctx context.Context, caller auth.Identity, named int64) (learner, error) {
	id := named
	if caller.UserType == tpe.UserContractor {
		if id = number(caller.UserID); named != 0 && named != id {
			return learner{}, tpe.Errorf(tpe.Forbidden, "Not authorized to access this route")
		}
	}
	owner := sqldb.CoachOwner{ContractorID: id, UserType: caller.UserType, UserID: caller.UserID}
	if id == 0 {
		return learner{owner: owner}, nil
	}
	row, err := sqldb.ContractorByID(ctx, s.opts.DB, id)
	if err != nil {
		return learner{}, err
	}
	return learner{owner, &row}, nil
}

// gateClosed is the error for a contractor who has not answered the feedback
// survey yet.
type gateClosed struct{ error }

// Unwrap returns the error with its code.
func (g gateClosed) Unwrap() error { return g.error }

// extra is what the front end looks at.
func (gateClosed) extra() []byte { return []byte(`,"accessRequired":{"feedbackCompleted":false}`) }

// mayAsk says whether the coach is open to somebody.
func (l learner) mayAsk() error {
	if l.contractor == nil || l.contractor.FeedbackCompletionStatus.String == "completed" {
		return nil
	}
	return gateClosed{tpe.Errorf(tpe.Forbidden, "AI Coach access requires completion of feedback loop")}
}

// profileOf is what the matching knows of a contractor.
func profileOf(c *sqldb.Contractor) match.Contractor {
	var tools []string
	for _, t := range []sqldb.Text{c.TechStackSales, c.TechStackOperations, c.TechStackMarketing, c.TechStackCustomerExperience, c.TechStackProjectManagement, c.TechStackAccountingFinance} {
		tools = append(tools, match.List(t.String)...)
	}
	return match.Contractor{
		FocusAreas: match.Keys(c.FocusAreas.String), Primary: match.Key(c.PrimaryFocusArea.String), Revenue: match.Key(c.AnnualRevenue.String),
		ServiceArea: c.ServiceArea.String, Services: match.List(c.ServicesOffered.String), Tools: tools,
		MoreTools: c.IncreasedTools.Bool, MorePeople: c.IncreasedPeople.Bool, MoreActivity: c.IncreasedActivity.Bool,
	}
}

const (
	coachPartners = 5 // that the coach is told of
	coachVoices   = 3 // of each partner
)

// coachData is what the coach is told: the contractor, the partners that fit
// best, and what contractors said of them. Nobody's contact data is in it.
func (s *Server) coachData(ctx context.Context, c *sqldb.Contractor) ([]coach.Block, error) {
	if c == nil {
		return nil, nil
	}
	profile := profileOf(c)
	blocks := []coach.Block{{Name: "contractor", Data: object{
		"first_name": firstWord(c.Name.String), "company_name": c.CompanyName.String, "service_area": profile.ServiceArea, "services": profile.Services,
		"focus_areas": profile.FocusAreas, "primary_focus_area": profile.Primary, "annual_revenue": profile.Revenue, "team_size": c.TeamSize, "tools": profile.Tools,
		"increased_tools": profile.MoreTools, "increased_people": profile.MorePeople, "increased_activity": profile.MoreActivity,
	}}}
	rows, err := sqldb.CoachPartners(ctx, s.opts.DB)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]*sqldb.CoachPartner, len(rows))
	partners := make([]match.Partner, 0, len(rows))
	for i := range rows {
		p := &rows[i]
		byID[p.ID] = p
		partners = append(partners, match.Partner{ID: p.ID, FocusAreas: match.Keys(p.FocusAreasServed.String), Revenue: match.Keys(p.TargetRevenueRange.String), Tools: match.List(p.TechStackCRM.String), Confidence: p.Confidence.Float})
	}
	best := match.Partners(profile, partners)
	var told []object
	for _, m := range best[:min(coachPartners, len(best))] {
		p := byID[m.ID]
		voices, err := sqldb.PartnerVoices(ctx, s.opts.DB, p.ID, coachVoices)
		if err != nil {
			return nil, err
		}
		told = append(told, object{
			"company_name": p.CompanyName.String, "description": p.Description.String, "value_proposition": p.ValueProposition.String, "focus_areas_served": match.Keys(p.FocusAreasServed.String),
			"key_differentiators": match.List(p.KeyDifferentiators.String), "pricing_model": p.PricingModel.String, "power_confidence_score": p.Confidence,
			"average_satisfaction": p.Satisfaction, "feedback_responses": p.Responses, "feedback": voices, "match_score": m.Score, "match_reasons": m.Reasons,
		})
	}
	return append(blocks, coach.Block{Name: "matched_partners", Data: told}), nil
}

func firstWord(s string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(s), " ")
	return first
}

// history returns what was said before a question.
func (s *Server) history(ctx context.Context, conversation string, question int64) ([]coach.Said, error) {
	rows, err := sqldb.CoachHistory(ctx, s.opts.DB, conversation, question, coachHistory)
	if err != nil {
		return nil, err
	}
	said := make([]coach.Said, 0, len(rows))
	for i := len(rows) - 1; i >= 0; i-- {
		r := rows[i]
		switch {
		case r.Content.String == "":
		case r.MessageType.String == "ai":
			said = append(said, coach.Said{Role: coach.Assistant, Text: r.Content.String})
		default:
			said = append(said, coach.Said{Role: coach.User, Text: r.Content.String})
		}
	}
	return said, nil
}

// errStopping is why answers end when the server does.
var errStopping = errors.New("the server stops")
