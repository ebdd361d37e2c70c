-- Who asked the coach when it was no contractor, and when an answer began.

-- +goose Up

ALTER TABLE ai_coach_conversations ADD COLUMN user_id TEXT;
ALTER TABLE ai_coach_conversations ADD COLUMN started_ms INTEGER;
ALTER TABLE ai_coach_conversations ADD COLUMN fault TEXT;
CREATE INDEX ai_coach_conversations_conversation ON ai_coach_conversations (conversation_id);
