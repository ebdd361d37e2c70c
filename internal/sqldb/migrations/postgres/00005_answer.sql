-- The record of the request that brought a stakeholder's answer: it says what
-- was answered, and not by whom.

-- +goose Up

ALTER TABLE partner_employee_feedback ADD COLUMN IF NOT EXISTS call_id TEXT;
ALTER TABLE partner_customer_references ADD COLUMN IF NOT EXISTS call_id TEXT;
