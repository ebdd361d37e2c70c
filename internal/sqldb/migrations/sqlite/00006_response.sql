-- The record of the request that brought the answers to a survey: whoever sent
-- it was not signed in.

-- +goose Up

ALTER TABLE feedback_responses ADD COLUMN call_id TEXT;
