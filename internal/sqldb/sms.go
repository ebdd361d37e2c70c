package sqldb

import (
	"context"
	"fmt"
	"time"

	"github.com/power100/tpe/internal/tpe"
)

// Subscription says whether a contractor takes SMS at a number.
type Subscription struct {
	ID                 int64  `json:"id"`
	ContractorID       Number `json:"contractor_id"`
	PhoneNumber        Text   `json:"phone_number"`
	OptedIn            Bool   `json:"opted_in"`
	OptedInAt          Time   `json:"opted_in_at"`
	OptedOutAt         Time   `json:"opted_out_at"`
	SubscriptionSource Text   `json:"subscription_source"`
	CreatedAt          Time   `json:"created_at"`
	UpdatedAt          Time   `json:"updated_at"`
}

// SubscriptionFilter chooses subscriptions. Zero members choose all.
type SubscriptionFilter struct {
	ContractorID int64
	OptedIn      *bool
	Phone        string
}

// Subscriptions lists subscriptions, the newest first.
func Subscriptions(ctx context.Context, c Conn, f SubscriptionFilter, p Page) (Rows[Subscription], error) {
	l := listing{from: "sms_subscriptions", key: "tpe_time(created_at)"}
	if f.ContractorID != 0 {
		l.where.and("contractor_id = ?", f.ContractorID)
	}
	if f.OptedIn != nil {
		l.where.and("tpe_bool(opted_in) = ?", *f.OptedIn)
	}
	if f.Phone != "" {
		l.where.search(f.Phone, "phone_number")
	}
	rows, err := page[Subscription](ctx, c, &l, p)
	if err != nil {
		return rows, fmt.Errorf("list subscriptions: %w", err)
	}
	return rows, nil
}

// SubscriptionStats counts subscriptions.
type SubscriptionStats struct {
	Total    int64 `json:"total_subscriptions" sql:"count(*)"`
	Active   int64 `json:"active_subscriptions" sql:"count(*) FILTER (WHERE tpe_bool(opted_in))"`
	OptedOut int64 `json:"opted_out_subscriptions" sql:"count(*) FILTER (WHERE NOT tpe_bool(opted_in))"`
	Recent   int64 `json:"recent_subscriptions" sql:"count(*) FILTER (WHERE tpe_time(created_at) >= ?)"`
}

// StatsOfSubscriptions counts subscriptions; recent ones begin at since.
func StatsOfSubscriptions(ctx context.Context, c Conn, since time.Time) (SubscriptionStats, error) {
	st, _, err := one[SubscriptionStats](ctx, c, `SELECT `+columns[SubscriptionStats]("")+` FROM sms_subscriptions`, since.UnixMilli())
	if err != nil {
		return st, fmt.Errorf("count subscriptions: %w", err)
	}
	return st, nil
}

// Subscribe stores what a contractor wants at a number; fresh is false when
// the pair existed. The error is of the code NotFound when there is no such
// contractor.
func Subscribe(ctx context.Context, tx *Tx, contractor int64, phone string, optedIn bool, source string, now time.Time) (row Subscription, fresh bool, err error) {
	if err := exist(ctx, tx, "Contractor", `SELECT id FROM contractors WHERE id = ?`, contractor); err != nil {
		return row, false, err
	}
	in, out := any(nil), any(Stamp(now))
	if optedIn {
		in, out = out, nil
	}
	n, err := run(ctx, tx, `UPDATE sms_subscriptions SET opted_in = ?, opted_in_at = COALESCE(?, opted_in_at), opted_out_at = ?, subscription_source = ?, updated_at = ?
		WHERE contractor_id = ? AND phone_number = ?`, optedIn, in, out, source, Stamp(now), contractor, phone)
	if err == nil && n == 0 {
		fresh = true
		_, err = run(ctx, tx, `INSERT INTO sms_subscriptions (contractor_id, phone_number, opted_in, opted_in_at, opted_out_at, subscription_source) VALUES (?, ?, ?, ?, ?, ?)`,
			contractor, phone, optedIn, in, out, source)
	}
	if err == nil {
		row, _, err = one[Subscription](ctx, tx, `SELECT `+columns[Subscription]("")+` FROM sms_subscriptions WHERE contractor_id = ? AND phone_number = ?`, contractor, phone)
	}
	if err != nil {
		return row, false, fmt.Errorf("subscribe contractor %d: %w", contractor, err)
	}
	return row, fresh, nil
}

// Unsubscribe opts out every subscription of a number, or of a contractor,
// and returns the first. The error is of the code NotFound when there is
// none.
func Unsubscribe(ctx context.Context, tx *Tx, contractor int64, phone string, now time.Time) (Subscription, error) {
	var w where
	if contractor != 0 {
		w.and("contractor_id = ?", contractor)
	}
	if phone != "" {
		w.and("phone_number = ?", phone)
	}
	list, err := all[Subscription](ctx, tx, `UPDATE sms_subscriptions SET opted_in = ?, opted_out_at = ?, updated_at = ?`+w.text.String()+` RETURNING `+columns[Subscription](""),
		append([]any{false, Stamp(now), Stamp(now)}, w.args...)...)
	switch {
	case err != nil:
		return Subscription{}, fmt.Errorf("unsubscribe: %w", err)
	case len(list) == 0:
		return Subscription{}, notFound("SMS subscription")
	}
	return list[0], nil
}

// Campaign is a message to many contractors.
type Campaign struct {
	ID              int64  `json:"id"`
	CampaignName    Text   `json:"campaign_name"`
	MessageTemplate Text   `json:"message_template"`
	PartnerID       Number `json:"partner_id"`
	TargetAudience  Text   `json:"target_audience"`
	Status          Text   `json:"status"`
	ScheduledAt     Time   `json:"scheduled_at"`
	SentAt          Time   `json:"sent_at"`
	TotalRecipients Number `json:"total_recipients"`
	TotalDelivered  Number `json:"total_delivered"`
	TotalResponses  Number `json:"total_responses"`
	CreatedBy       Number `json:"created_by"`
	CreatedAt       Time   `json:"created_at"`
	UpdatedAt       Time   `json:"updated_at"`
}

// ListedCampaign is a campaign with names.
type ListedCampaign struct {
	Campaign
	PartnerName   Text `json:"partner_name" sql:"p.company_name"`
	CreatedByName Text `json:"created_by_name" sql:"a.full_name"`
}

// Campaigns lists campaigns, the newest first. Zero arguments choose all.
func Campaigns(ctx context.Context, c Conn, partner int64, status string, p Page) (Rows[ListedCampaign], error) {
	l := listing{alias: "m", key: "tpe_time(m.created_at)",
		from: `sms_campaigns m LEFT JOIN strategic_partners p ON p.id = m.partner_id LEFT JOIN admin_users a ON a.id = m.created_by`}
	if partner != 0 {
		l.where.and("m.partner_id = ?", partner)
	}
	if status != "" {
		l.where.and("m.status = ?", status)
	}
	rows, err := page[ListedCampaign](ctx, c, &l, p)
	if err != nil {
		return rows, fmt.Errorf("list campaigns: %w", err)
	}
	return rows, nil
}

// Recipient is a contractor who takes SMS.
type Recipient struct {
	ContractorID int64  `sql:"c.id"`
	Name         Text   `sql:"c.name"`
	Phone        Text   `sql:"s.phone_number"`
	Partner      Text   `sql:"(SELECT p.company_name FROM strategic_partners p WHERE p.id = ?)"`
	MatchedWith  Number `sql:"(SELECT m.partner_id FROM contractor_partner_matches m WHERE m.contractor_id = c.id ORDER BY tpe_num(m.match_score) DESC, m.id LIMIT 1)"`
}

// Recipients returns the contractors who take SMS: all of them, or those who
// are matched with a partner.
func Recipients(ctx context.Context, c Conn, partner int64) ([]Recipient, error) {
	query := `SELECT ` + columns[Recipient]("") + ` FROM sms_subscriptions s JOIN contractors c ON c.id = s.contractor_id WHERE tpe_bool(s.opted_in)`
	args := []any{partner}
	if partner != 0 {
		query += ` AND EXISTS (SELECT 1 FROM contractor_partner_matches m WHERE m.contractor_id = c.id AND m.partner_id = ?)`
		args = append(args, partner)
	}
	list, err := all[Recipient](ctx, c, query+` ORDER BY s.id`, args...)
	if err != nil {
		return nil, fmt.Errorf("list recipients: %w", err)
	}
	return list, nil
}

// NewCampaign is what a campaign begins with.
type NewCampaign struct {
	Name, Template, Audience string
	PartnerID                *int64
	ScheduledAt              *string
	Recipients               int64
	CreatedBy                int64
}

// AddCampaign stores a campaign. The error is of the code NotFound when there
// is no such partner.
func AddCampaign(ctx context.Context, tx *Tx, n NewCampaign) (Campaign, error) {
	if n.PartnerID != nil {
		if err := exist(ctx, tx, "Partner", `SELECT id FROM strategic_partners WHERE id = ?`, *n.PartnerID); err != nil {
			return Campaign{}, err
		}
	}
	row, _, err := one[Campaign](ctx, tx, `INSERT INTO sms_campaigns (campaign_name, message_template, partner_id, target_audience, scheduled_at, total_recipients, created_by)
		VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING `+columns[Campaign](""), n.Name, n.Template, n.PartnerID, n.Audience, n.ScheduledAt, n.Recipients, n.CreatedBy)
	if err != nil {
		return row, fmt.Errorf("add campaign: %w", err)
	}
	return row, nil
}

// LaunchCampaign marks a pending campaign as sent. The error is of the
// code NotFound when there is none, Conflict when it is not pending.
func LaunchCampaign(ctx context.Context, tx *Tx, id int64, now time.Time) (Campaign, error) {
	row, ok, err := one[Campaign](ctx, tx, `UPDATE sms_campaigns SET status = 'sent', sent_at = ?, updated_at = ? WHERE id = ? AND status = 'pending' RETURNING `+columns[Campaign](""),
		Stamp(now), Stamp(now), id)
	switch {
	case err != nil:
		return row, fmt.Errorf("launch campaign %d: %w", id, err)
	case ok:
		return row, nil
	}
	if err := exist(ctx, tx, "Campaign", `SELECT id FROM sms_campaigns WHERE id = ?`, id); err != nil {
		return row, err
	}
	return row, tpe.Errorf(tpe.Conflict, "Campaign has already been launched or is not in pending status")
}

// CountRecipients notes how many recipients a campaign has.
func CountRecipients(ctx context.Context, c Conn, id, recipients int64) error {
	if _, err := run(ctx, c, `UPDATE sms_campaigns SET total_recipients = ?, total_delivered = 0 WHERE id = ?`, recipients, id); err != nil {
		return fmt.Errorf("count recipients of campaign %d: %w", id, err)
	}
	return nil
}

// CampaignStats are figures over campaigns.
type CampaignStats struct {
	TotalCampaigns  int64  `json:"total_campaigns" sql:"count(*)"`
	SentCampaigns   int64  `json:"sent_campaigns" sql:"count(*) FILTER (WHERE status = 'sent')"`
	TotalRecipients Number `json:"total_recipients" sql:"COALESCE(sum(tpe_num(total_recipients)), 0)"`
	TotalDelivered  Number `json:"total_delivered" sql:"COALESCE(sum(tpe_num(total_delivered)), 0)"`
	TotalResponses  Number `json:"total_responses" sql:"COALESCE(sum(tpe_num(total_responses)), 0)"`
}

// SubscriptionTrend is one day of subscriptions.
type SubscriptionTrend struct {
	Day     Number ` sql:"tpe_time(created_at) / 86400000 * 86400000"`
	Count   int64  `json:"count" sql:"count(*)"`
	OptOuts int64  `json:"opt_outs" sql:"count(*) FILTER (WHERE NOT tpe_bool(opted_in))"`
}

// StatsOfCampaigns returns the figures of campaigns made since then.
func StatsOfCampaigns(ctx context.Context, c Conn, since time.Time) (CampaignStats, error) {
	st, _, err := one[CampaignStats](ctx, c, `SELECT `+columns[CampaignStats]("")+` FROM sms_campaigns WHERE tpe_time(created_at) >= ?`, since.UnixMilli())
	if err != nil {
		return st, fmt.Errorf("count campaigns: %w", err)
	}
	return st, nil
}

// SubscriptionTrends returns the days with new subscriptions since then.
func SubscriptionTrends(ctx context.Context, c Conn, since time.Time) ([]SubscriptionTrend, error) {
	list, err := all[SubscriptionTrend](ctx, c, `SELECT `+columns[SubscriptionTrend]("")+` FROM sms_subscriptions WHERE tpe_time(created_at) >= ? GROUP BY 1 ORDER BY 1`, since.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("list subscriptions by day: %w", err)
	}
	return list, nil
}

// CountDelivered counts one message of a campaign that a provider has taken.
func CountDelivered(ctx context.Context, c Conn, campaign int64) error {
	if _, err := run(ctx, c, `UPDATE sms_campaigns SET total_delivered = COALESCE(total_delivered, 0) + 1 WHERE id = ?`, campaign); err != nil {
		return fmt.Errorf("count a message of campaign %d: %w", campaign, err)
	}
	return nil
}
