-- The hash of the code that the link of a survey holds: without the code nobody
-- answers it. Surveys from before have none, and links without one.

-- +goose Up

ALTER TABLE feedback_surveys ADD COLUMN code_hash TEXT;
