-- The rest of the platform's tables as they are.

-- +goose Up

CREATE TABLE IF NOT EXISTS admin_users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  email TEXT UNIQUE NOT NULL,
  password_hash TEXT NOT NULL,
  full_name TEXT NOT NULL,
  is_active BOOLEAN DEFAULT 1,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS partner_users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  partner_id INTEGER REFERENCES strategic_partners(id),
  email TEXT UNIQUE NOT NULL,
  password_hash TEXT,
  password TEXT,
  first_name TEXT,
  last_name TEXT,
  role TEXT,
  is_active BOOLEAN DEFAULT 1,
  last_login DATETIME,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS sms_campaigns (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  campaign_name TEXT NOT NULL,
  message_template TEXT NOT NULL,
  partner_id INTEGER REFERENCES strategic_partners(id),
  target_audience TEXT DEFAULT 'all_partners',
  status TEXT DEFAULT 'pending',
  scheduled_at DATETIME,
  sent_at DATETIME,
  total_recipients INTEGER DEFAULT 0,
  total_delivered INTEGER DEFAULT 0,
  total_responses INTEGER DEFAULT 0,
  created_by INTEGER REFERENCES admin_users(id),
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS sms_subscriptions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  contractor_id INTEGER REFERENCES contractors(id),
  phone_number TEXT NOT NULL,
  opted_in BOOLEAN DEFAULT 1,
  opted_in_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  opted_out_at DATETIME,
  subscription_source TEXT DEFAULT 'contractor_flow',
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  UNIQUE(contractor_id, phone_number)
);

CREATE TABLE IF NOT EXISTS feedback_surveys (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  partner_id INTEGER REFERENCES strategic_partners(id),
  contractor_id INTEGER REFERENCES contractors(id),
  survey_type TEXT NOT NULL,
  quarter TEXT,
  status TEXT DEFAULT 'pending',
  survey_url TEXT,
  sent_at DATETIME,
  responded_at DATETIME,
  expires_at DATETIME,
  reminder_count INTEGER DEFAULT 0,
  last_reminder_sent DATETIME,
  sms_campaign_id INTEGER REFERENCES sms_campaigns(id),
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS feedback_responses (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  survey_id INTEGER REFERENCES feedback_surveys(id),
  partner_id INTEGER REFERENCES strategic_partners(id),
  contractor_id INTEGER REFERENCES contractors(id),
  overall_satisfaction INTEGER CHECK (overall_satisfaction >= 1 AND overall_satisfaction <= 10),
  communication_rating INTEGER CHECK (communication_rating >= 1 AND communication_rating <= 10),
  service_quality_rating INTEGER CHECK (service_quality_rating >= 1 AND service_quality_rating <= 10),
  value_for_money_rating INTEGER CHECK (value_for_money_rating >= 1 AND value_for_money_rating <= 10),
  likelihood_to_recommend INTEGER CHECK (likelihood_to_recommend >= 1 AND likelihood_to_recommend <= 10),
  positive_feedback TEXT,
  improvement_areas TEXT,
  additional_comments TEXT,
  would_use_again BOOLEAN,
  meeting_expectations BOOLEAN,
  response_time_acceptable BOOLEAN,
  response_source TEXT DEFAULT 'web',
  response_time_minutes INTEGER,
  ip_address TEXT,
  user_agent TEXT,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS powerconfidence_history (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  partner_id INTEGER REFERENCES strategic_partners(id),
  old_score INTEGER,
  new_score INTEGER,
  score_change INTEGER,
  calculation_method TEXT DEFAULT 'quarterly_feedback',
  feedback_count INTEGER DEFAULT 0,
  average_satisfaction REAL,
  total_responses INTEGER DEFAULT 0,
  quarter TEXT,
  calculation_details TEXT,
  calculated_by INTEGER REFERENCES admin_users(id),
  notes TEXT,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  score INTEGER,
  score_date DATE,
  category_scores TEXT
);

CREATE TABLE IF NOT EXISTS partner_analytics (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  partner_id INTEGER REFERENCES strategic_partners(id),
  metric_type TEXT NOT NULL,
  metric_value REAL,
  period_start DATE,
  period_end DATE,
  calculated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS partner_leads (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  contractor_id INTEGER REFERENCES contractors(id),
  partner_id INTEGER REFERENCES strategic_partners(id),
  stage TEXT DEFAULT 'matched',
  demo_requested_at DATETIME,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS partner_insights (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  partner_id INTEGER REFERENCES strategic_partners(id),
  insight_type VARCHAR(50),
  category VARCHAR(50),
  description TEXT,
  supporting_data TEXT,
  action_recommended TEXT,
  priority_level INTEGER,
  status VARCHAR(20),
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS partner_dashboard_sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  partner_id INTEGER REFERENCES strategic_partners(id),
  login_timestamp DATETIME,
  session_duration INTEGER,
  pages_viewed TEXT,
  actions_taken TEXT,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS ai_coach_conversations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  contractor_id INTEGER REFERENCES contractors(id),
  message_type TEXT NOT NULL,
  content TEXT NOT NULL,
  media_type TEXT DEFAULT 'text',
  media_url TEXT,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS ai_coach_sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  contractor_id INTEGER REFERENCES contractors(id),
  started_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  ended_at DATETIME,
  message_count INTEGER DEFAULT 0
);

CREATE TABLE IF NOT EXISTS ai_coach_knowledge_base (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  title TEXT NOT NULL,
  content TEXT NOT NULL,
  source_type TEXT,
  source_id INTEGER,
  focus_areas TEXT,
  tags TEXT,
  is_active BOOLEAN DEFAULT 1,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS podcasts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  host TEXT,
  description TEXT,
  logo_url TEXT,
  website TEXT,
  frequency TEXT,
  topics TEXT,
  focus_areas_covered TEXT,
  target_audience TEXT,
  is_active BOOLEAN DEFAULT 1,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  description TEXT,
  logo_url TEXT,
  website TEXT,
  date DATE,
  location TEXT,
  format TEXT,
  attendees TEXT,
  focus_areas_covered TEXT,
  target_audience TEXT,
  registration_deadline DATE,
  is_active BOOLEAN DEFAULT 1,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS manufacturers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  company_name TEXT NOT NULL,
  description TEXT,
  logo_url TEXT,
  website TEXT,
  product_categories TEXT,
  brands_carried TEXT,
  focus_areas_served TEXT,
  price_range TEXT,
  lead_time TEXT,
  contractor_rating REAL,
  training_provided BOOLEAN DEFAULT 0,
  power_confidence_score INTEGER DEFAULT 0,
  is_active BOOLEAN DEFAULT 1,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);
