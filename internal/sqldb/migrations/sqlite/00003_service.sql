-- The tables that this service adds. Times that only the service reads are
-- milliseconds since 1970, in columns that end in _ms.

-- +goose Up

-- What a transaction has caused and the lake does not hold yet.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  interaction_id TEXT NOT NULL,
  record TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  fault TEXT
);

-- An account's tokens carry its generation; an older one is refused.
CREATE TABLE account_tokens (
  role TEXT NOT NULL,
  account_id INTEGER NOT NULL,
  generation INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (role, account_id)
);

-- Tokens that were logged out, until they expire on their own.
CREATE TABLE revoked_tokens (
  token_hash TEXT PRIMARY KEY,
  expires_ms INTEGER NOT NULL
);

-- Attempts to get in, counted by what is attempted and by whom.
CREATE TABLE login_attempts (
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  failures INTEGER NOT NULL,
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, subject)
);

-- Answers to requests with an Idempotency-Key. Without a status the first
-- request is still being answered.
CREATE TABLE idempotency_keys (
  scope TEXT NOT NULL,
  idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  status INTEGER,
  content_type TEXT,
  body TEXT,
  expires_ms INTEGER NOT NULL,
  PRIMARY KEY (scope, idempotency_key)
);

-- One-time links for stakeholders. Only the hash of the token is kept.
CREATE TABLE invitations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  partner_id INTEGER NOT NULL REFERENCES strategic_partners(id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  token_hash TEXT NOT NULL UNIQUE,
  email TEXT,
  name TEXT,
  created_by INTEGER,
  expires_ms INTEGER NOT NULL,
  used_ms INTEGER,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE partner_employee_feedback (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  partner_id INTEGER NOT NULL REFERENCES strategic_partners(id) ON DELETE CASCADE,
  invitation_id INTEGER,
  employee_name TEXT,
  employee_email TEXT,
  employee_role TEXT,
  feedback_data TEXT NOT NULL CHECK (feedback_data IS NULL OR json_valid(feedback_data)),
  overall_rating REAL,
  consistency_score REAL,
  validation_status TEXT DEFAULT 'pending',
  discrepancies TEXT CHECK (discrepancies IS NULL OR json_valid(discrepancies)),
  recommendations TEXT CHECK (recommendations IS NULL OR json_valid(recommendations)),
  interaction_id TEXT,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX partner_employee_feedback_partner ON partner_employee_feedback (partner_id);

CREATE TABLE partner_customer_references (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  partner_id INTEGER NOT NULL REFERENCES strategic_partners(id) ON DELETE CASCADE,
  invitation_id INTEGER,
  customer_name TEXT,
  customer_email TEXT,
  customer_company TEXT,
  reference_data TEXT NOT NULL CHECK (reference_data IS NULL OR json_valid(reference_data)),
  overall_rating REAL,
  consistency_score REAL,
  validation_status TEXT DEFAULT 'pending',
  discrepancies TEXT CHECK (discrepancies IS NULL OR json_valid(discrepancies)),
  recommendations TEXT CHECK (recommendations IS NULL OR json_valid(recommendations)),
  interaction_id TEXT,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX partner_customer_references_partner ON partner_customer_references (partner_id);

CREATE TABLE partner_message_consistency (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  partner_id INTEGER NOT NULL REFERENCES strategic_partners(id) ON DELETE CASCADE,
  analysis_data TEXT NOT NULL CHECK (analysis_data IS NULL OR json_valid(analysis_data)),
  consistency_score REAL,
  validation_status TEXT DEFAULT 'pending',
  discrepancies TEXT CHECK (discrepancies IS NULL OR json_valid(discrepancies)),
  recommendations TEXT CHECK (recommendations IS NULL OR json_valid(recommendations)),
  interaction_id TEXT,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX partner_message_consistency_partner ON partner_message_consistency (partner_id);

CREATE TABLE deals (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  contractor_id INTEGER REFERENCES contractors(id),
  partner_id INTEGER REFERENCES strategic_partners(id),
  booking_id INTEGER,
  deal_value REAL,
  satisfaction_score REAL,
  closed_at DATETIME,
  notes TEXT,
  interaction_id TEXT,
  created_by_role TEXT,
  created_by INTEGER,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX deals_partner ON deals (partner_id);

-- Recordings and papers of a partner's demos, and what was taken from them.
CREATE TABLE demo_uploads (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  partner_id INTEGER NOT NULL REFERENCES strategic_partners(id) ON DELETE CASCADE,
  title TEXT,
  file_name TEXT NOT NULL,
  declared_type TEXT,
  content_type TEXT,
  size_bytes INTEGER,
  received_bytes INTEGER NOT NULL DEFAULT 0,
  sha256 TEXT,
  storage TEXT NOT NULL,
  storage_key TEXT NOT NULL,
  storage_state TEXT CHECK (storage_state IS NULL OR json_valid(storage_state)),
  state TEXT NOT NULL DEFAULT 'uploading',
  fault TEXT,
  interaction_id TEXT,
  uploaded_by_role TEXT,
  uploaded_by INTEGER,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  completed_at DATETIME
);
CREATE INDEX demo_uploads_partner ON demo_uploads (partner_id);

CREATE TABLE demo_transcripts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  upload_id INTEGER NOT NULL UNIQUE REFERENCES demo_uploads(id) ON DELETE CASCADE,
  source TEXT NOT NULL,
  language TEXT,
  model TEXT,
  duration_ms INTEGER,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE demo_turns (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  transcript_id INTEGER NOT NULL REFERENCES demo_transcripts(id) ON DELETE CASCADE,
  turn_index INTEGER NOT NULL,
  speaker TEXT,
  starts_ms INTEGER,
  ends_ms INTEGER,
  content TEXT NOT NULL,
  UNIQUE (transcript_id, turn_index)
);

-- Work that is done after an answer, and again when it fails.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  subject_id INTEGER,
  payload TEXT CHECK (payload IS NULL OR json_valid(payload)),
  state TEXT NOT NULL DEFAULT 'queued',
  attempts INTEGER NOT NULL DEFAULT 0,
  run_after_ms INTEGER NOT NULL DEFAULT 0,
  locked_by TEXT,
  locked_until_ms INTEGER NOT NULL DEFAULT 0,
  fault TEXT,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX jobs_state ON jobs (state, run_after_ms);

CREATE TABLE experiments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  experiment_key TEXT NOT NULL UNIQUE,
  name TEXT,
  description TEXT,
  variants TEXT NOT NULL CHECK (variants IS NULL OR json_valid(variants)),
  metric TEXT,
  state TEXT NOT NULL DEFAULT 'draft',
  started_at DATETIME,
  ended_at DATETIME,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP
);

-- The coach's messages, one a row as before; what a message belongs to, what
-- it cost and what became of it.
ALTER TABLE ai_coach_conversations ADD COLUMN conversation_id TEXT;
ALTER TABLE ai_coach_conversations ADD COLUMN interaction_id TEXT;
ALTER TABLE ai_coach_conversations ADD COLUMN reply_to INTEGER;
ALTER TABLE ai_coach_conversations ADD COLUMN user_type TEXT;
ALTER TABLE ai_coach_conversations ADD COLUMN status TEXT;
ALTER TABLE ai_coach_conversations ADD COLUMN model TEXT;
ALTER TABLE ai_coach_conversations ADD COLUMN prompt_tokens INTEGER;
ALTER TABLE ai_coach_conversations ADD COLUMN completion_tokens INTEGER;
ALTER TABLE ai_coach_conversations ADD COLUMN total_tokens INTEGER;
ALTER TABLE ai_coach_conversations ADD COLUMN cost REAL;
ALTER TABLE ai_coach_conversations ADD COLUMN first_token_ms REAL;
ALTER TABLE ai_coach_conversations ADD COLUMN duration_ms REAL;
ALTER TABLE ai_coach_conversations ADD COLUMN finish_reason TEXT;
ALTER TABLE ai_coach_conversations ADD COLUMN rating REAL;
ALTER TABLE ai_coach_conversations ADD COLUMN helpful BOOLEAN;
ALTER TABLE ai_coach_conversations ADD COLUMN attachments TEXT CHECK (attachments IS NULL OR json_valid(attachments));
CREATE INDEX ai_coach_conversations_contractor ON ai_coach_conversations (contractor_id);

CREATE INDEX IF NOT EXISTS contractors_phone ON contractors (phone);
CREATE INDEX IF NOT EXISTS contractor_partner_matches_partner ON contractor_partner_matches (partner_id);
CREATE INDEX IF NOT EXISTS demo_bookings_contractor ON demo_bookings (contractor_id);
CREATE INDEX IF NOT EXISTS demo_bookings_partner ON demo_bookings (partner_id);
CREATE INDEX IF NOT EXISTS feedback_responses_partner ON feedback_responses (partner_id);
CREATE INDEX IF NOT EXISTS feedback_surveys_partner ON feedback_surveys (partner_id);
