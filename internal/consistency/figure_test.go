package consistency

import "testing"

// figurePair is a promise, what was said of it, and how the figures compare.
type figurePair struct {
	claim, said string
	want        int
}

func checkFigures(t *testing.T, pairs []figurePair) {
	t.Helper()
	cat := newEngine(t).cat
	r := newReader(cat)
	for _, c := range pairs {
		if got := figuresOf(cat, r, c.claim, c.said); got != c.want {
			t.Errorf("%q against %q: %d, want %d", c.said, c.claim, got, c.want)
		}
	}
}

func figuresOf(cat *Catalogue, r *reader, claim, said string) int {
	claims := collectClaims(cat, r, []Document{{ID: "a", Group: CEO, Text: claim}})
	newListener(cat, r, claims)
	got := 0
	for i := range claims {
		r.read(Document{Text: said}, func(s *sentence) {
			if x := cat.compareFigures(&claims[i], s).result; x != 0 {
				got = x
			}
		})
	}
	return got
}

// Counts and times over a period are held against each other over the same period.
func TestCountsOverTime(t *testing.T) {
	checkFigures(t, []figurePair{
		{"Dealers get 20 inquiries a month.", "We get five inquiries a week.", 1},
		{"We book 120 visits a year.", "They book ten visits a month.", 1},
		{"Crews wrap 30 pipes a week.", "They wrap 12 pipes a day.", 1},
		{"Our shop turns out 90 doors a month.", "They turn out three doors a day.", 1},
		{"You get two coaching calls a month.", "I have one coaching call each week.", 1},
		{"We print 2,400 flyers a month.", "They print 600 flyers a week.", 1},
		{"Our mill cuts 100 beams a day.", "The mill cuts 500 beams a week.", 1},
		{"A member sees eight webinars a year.", "I saw four webinars last quarter.", 1},
		{"We send 20 inquiries a month.", "I had 60 inquiries last quarter.", 1},
		{"We send at least 20 inquiries a month.", "We had 240 inquiries last year.", 1},
		{"Dealers get 20 inquiries a month.", "We get two inquiries a week.", -1},
		{"We book 120 visits a year.", "They book three visits a month.", -1},
		{"Crews wrap 30 pipes a week.", "They wrap two pipes a day.", -1},
		{"Our shop turns out 90 doors a month.", "They turn out five doors a week.", -1},
		{"You get four coaching calls a month.", "I have had six coaching calls in the last year.", -1},
		{"We print 2,400 flyers a month.", "They print 900 flyers a quarter.", -1},
		{"Our mill cuts 100 beams a day.", "The mill cuts 100 beams a week.", -1},
		{"We send 20 inquiries a month.", "I had nine inquiries last quarter.", -1},
		{"We send 20 inquiries a month.", "We had 40 inquiries last year.", -1},
		{"We take on no more than two trainees a month.", "They take on ten trainees a week.", -1},
		{"We send 20 inquiries a month.", "I had three inquiries in March.", -1},
		{"We take on no more than two trainees a month.", "They take on 20 trainees a year.", 1},
		{"We take on no more than eight trainees a month.", "They take on one trainee a month.", 1},
		{"We have 300 installers.", "They train 20 installers a month.", 0},
		{"We have trained 2,000 installers.", "They train 20 installers a month.", 0},
		{"We train 20 installers a month.", "They have 4 installers at our branch.", 0},
		{"We send 20 inquiries a month.", "My brother takes three walks a week.", 0},
		{"We print 2,400 flyers a month.", "There were 80 flyers in the box.", 0},
	})
}

// A share of those that do not do what was promised is turned; one that may be of anything is not compared.
func TestSharesAndTheirRest(t *testing.T) {
	checkFigures(t, []figurePair{
		{"95% of our deliveries arrive on time.", "Around 5% of deliveries slip.", 1},
		{"98% of members renew.", "2% of members leave.", 1},
		{"98% of members renew.", "Churn is 2%.", 1},
		{"97 percent of calls are answered live.", "Three percent go to voicemail.", 1},
		{"90 percent of our parts fit the first time.", "Four percent had to be sent back.", 1},
		{"Nine out of ten roofs pass inspection.", "One in ten fails.", 1},
		{"99 percent of orders ship complete.", "About one percent came incomplete.", 1},
		{"94% of our techs stay a year.", "Six percent quit within a year.", 1},
		{"We approve nine in ten applicants.", "One in ten was turned down.", 1},
		{"95 percent of our range is in stock.", "Five percent is out of stock.", 1},
		{"92 percent of trainees pass the test.", "Eight percent do not pass it.", 1},
		{"95% of our deliveries arrive on time.", "Around 30% of deliveries slip.", -1},
		{"98% of members renew.", "40% of members leave.", -1},
		{"98% of members renew.", "Churn is 30%.", -1},
		{"97 percent of calls are answered live.", "Half go to voicemail.", -1},
		{"90 percent of our parts fit the first time.", "Forty percent had to be sent back.", -1},
		{"Nine out of ten roofs pass inspection.", "Five in ten fail.", -1},
		{"94% of our techs stay a year.", "60 percent quit within a year.", -1},
		{"We approve nine in ten applicants.", "Six in ten were turned down.", -1},
		{"95 percent of our range is in stock.", "A third of the range is out of stock.", -1},
		{"Two in three members come back.", "Three out of four never come back.", -1},
		{"95% of our deliveries arrive on time.", "Only 5% of deliveries arrive on time.", -1},
		{"98% of members renew.", "Just 2% of us renew.", -1},
		{"92 percent of trainees pass the test.", "Sadly only eight percent pass the test.", -1},
		{"97 percent of calls are answered live.", "Three percent are answered live, at best.", -1},
		{"95% of our deliveries arrive on time.", "Four percent of deliveries come by boat.", 0},
		{"98% of members renew.", "2% of members are plumbers.", 0},
		{"90 percent of our parts fit the first time.", "Ten percent of the parts are brass.", 0},
	})
}

// A price for one of a kind is held against others for one of it.
func TestPricesOfOne(t *testing.T) {
	checkFigures(t, []figurePair{
		{"A seat costs $49 per month.", "I'm paying $95 per seat per month.", -1},
		{"Each truck is $30 a month.", "We pay 70 dollars a truck a month.", -1},
		{"A user costs $20 monthly.", "It is $45 per user per month now.", -1},
		{"Every inspector costs $15 a month.", "They bill $40 per inspector per month.", -1},
		{"A login is $9 a month.", "We pay $25 per login each month.", -1},
		{"For each device you pay $12 a month.", "It costs us $30 per device a month.", -1},
		{"An hour of consulting is $150.", "They bill $280 an hour.", -1},
		{"An hour on the lift costs $60.", "I was charged $140 per hour.", -1},
		{"A square foot costs $4.", "We paid $9 per square foot.", -1},
		{"We charge $59 per seat per month.", "A seat costs $110 a month.", -1},
		{"A seat costs $49 per month.", "Each seat is $1,200 a year.", -1},
		{"A square foot costs $4.", "A square foot was $11 in the end.", -1},
		{"A seat costs $49 per month.", "I'm paying $49 per seat per month.", 1},
		{"Each truck is $30 a month.", "We pay 25 dollars a truck a month.", 1},
		{"A user costs $20 monthly.", "It is $200 per user per year.", 1},
		{"Every inspector costs $15 a month.", "They bill $15 per inspector per month.", 1},
		{"An hour of consulting is $150.", "They bill $150 an hour.", 1},
		{"An hour on the lift costs $60.", "I was charged $50 per hour.", 1},
		{"A square foot costs $4.", "We paid $3 per square foot.", 1},
		{"We charge $59 per seat per month.", "A seat costs $59 a month.", 1},
		{"We charge $59 per seat per month.", "Every seat is $480 a year.", 1},
		{"A seat costs $49 per month.", "We pay $490 a month for the office.", 0},
		{"A seat costs $49 per month.", "The sign cost $95 once.", 0},
		{"An hour of consulting is $150.", "The whole project was $4,000.", 0},
		{"A square foot costs $4.", "The new kitchen was $9,000.", 0},
		{"A lead costs $40.", "They want $300 per truck.", 0},
		{"The plan costs $200 a month.", "A seat costs $49 per month.", 0},
	})
}

// Words beside a figure say which way it should lie.
func TestWhichWayIsBetter(t *testing.T) {
	checkFigures(t, []figurePair{
		{"The contract runs for 12 months.", "The contract runs for 36 months.", -1},
		{"The agreement lasts a year.", "Our agreement lasts three years.", -1},
		{"The minimum term is six months.", "The minimum term is two years.", -1},
		{"Our lease runs for two years.", "The lease ran for five years.", -1},
		{"Our clients pay $150 for an inspection.", "I paid $320 for the inspection.", -1},
		{"Members pay $90 for the audit.", "The audit cost me $240.", -1},
		{"The deposit is 10%.", "I had to put down 50 percent.", -1},
		{"You put down 5 percent.", "They wanted a down payment of 30 percent.", -1},
		{"Interest is 0% for 18 months.", "The interest is 9.9%.", -1},
		{"Interest is 6 percent.", "They charge 14 percent interest.", -1},
		{"We keep data for seven years.", "Data is deleted after 12 months.", -1},
		{"We store your photos for ten years.", "They keep the photos for two years.", -1},
		{"Call records are kept for three years.", "The call records were kept for six months.", -1},
		{"We take ten percent per job.", "They kept 25 percent of each job.", -1},
		{"Our cut is 8 percent.", "Their cut was 20 percent of the job.", -1},
		{"The contract runs for 12 months.", "The contract runs for a year.", 1},
		{"The agreement lasts two years.", "Our agreement lasts six months.", 1},
		{"The minimum term is six months.", "The minimum term was three months.", 1},
		{"Our clients pay $150 for an inspection.", "I paid $150 for the inspection.", 1},
		{"Members pay $90 for the audit.", "The audit cost me $60.", 1},
		{"The deposit is 10%.", "I had to put down 5 percent.", 1},
		{"You put down 5 percent.", "They wanted a down payment of 5 percent.", 1},
		{"Interest is 6 percent.", "They charge six percent interest.", 1},
		{"We keep data for seven years.", "Data is kept for 84 months.", 1},
		{"We store your photos for five years.", "They keep the photos for ten years.", 1},
		{"Our cut is 8 percent.", "Their cut was 8 percent of the job.", 1},
		{"The warranty runs for ten years.", "The warranty ran for two years.", -1},
		{"The warranty runs for ten years.", "The warranty runs for ten years.", 1},
		{"We keep data for seven years.", "I have been with them for two years.", 0},
		{"Clients close 40 percent of our leads.", "They charge me 12 percent interest.", 0},
		{"Interest is 6 percent.", "We close 14 percent of the leads.", 0},
	})
}

// A time that is an upper bound, an age or the weather is no breach.
func TestTimesOfSomethingElse(t *testing.T) {
	checkFigures(t, []figurePair{
		{"Setup takes two weeks.", "Setup took five weeks.", -1},
		{"Setup takes two weeks.", "Setup took more than four weeks.", -1},
		{"Setup takes two weeks.", "Setup takes up to two months.", -1},
		{"A fence takes three days.", "The fence took nine days.", -1},
		{"We do a roof in one day.", "My roof took four days.", -1},
		{"We do a roof in one day.", "We waited four days for the roof.", -1},
		{"Permits take a week.", "The permit took at least a month.", -1},
		{"We answer in two hours.", "They answer within three days.", -1},
		{"A lead is never more than an hour old.", "The lead was two days old.", -1},
		{"Your leads are five minutes old at most.", "My leads are ten hours old.", -1},
		{"Repairs take two days.", "The repair took no less than nine days.", -1},
		{"Setup takes two weeks.", "Setup took two weeks.", 1},
		{"Setup takes three weeks.", "Setup took less than three weeks.", 1},
		{"A fence takes three days.", "The fence took under two days.", 1},
		{"We do a roof in three days.", "My roof took a day and a half.", 1},
		{"Permits take a week.", "The permit took less than ten days.", 1},
		{"A lead is never more than an hour old.", "The lead was five minutes old.", 1},
		{"Setup takes two weeks.", "Setup took less than three weeks.", 0},
		{"Setup takes two weeks.", "Setup was done in under four weeks.", 0},
		{"A fence takes three days.", "It took fewer than six days.", 0},
		{"We do a roof in one day.", "My roof is four days old.", 0},
		{"We do a roof in one day.", "It rained for four days before they came.", 0},
		{"A fence takes three days.", "The fence is ten weeks old.", 0},
		{"Permits take a week.", "Our firm is ninety days old.", 0},
		{"Repairs take two days.", "It snowed for nine days.", 0},
		{"We answer in two hours.", "I was sick for three weeks.", 0},
		{"Repairs take two days.", "We were away for two weeks.", 0},
	})
}

// A figure that is said not to be so bears nothing out; a negation of something
// else leaves it alone.
func TestAFigureUnderANegation(t *testing.T) {
	checkFigures(t, []figurePair{
		{"The berth costs $140 a month.", "It isn't $140 a month.", -1},
		{"The berth costs $140 a month.", "We don't pay $140 a month.", -1},
		{"You pay 95 cents a crate.", "It's not 95 cents a crate.", -1},
		{"We mow eleven parks.", "They do not mow eleven parks.", -1},
		{"We tie 97 percent of boats.", "They do not tie 97 percent of boats.", -1},
		{"The berth costs $140 a month.", "I never pay more than $140 a month.", 1},
		{"The berth costs $140 a month.", "It isn't even $140 a month.", 1},
		{"The berth costs $140 a month.", "I don't mind the $140 a month.", 1},
		{"The berth costs $140 a month.", "I don't pay $140 a month to look at weeds.", 1},
		{"The berth costs $140 a month.", "There was no surprise at $140 a month.", 1},
		{"A choir has no more than twelve singers.", "We are not more than twelve singers.", 1},
		{"You get a report every Monday.", "Nobody gets weekly reports.", 1},
		{"We mow eleven parks.", "Nobody complains in the eleven parks.", 1},
	})
}
