-- The record of the request that brought a stakeholder's answer: it says what
-- was answered, and not by whom.

-- +goose Up

ALTER TABLE partner_employee_feedback ADD COLUMN call_id TEXT;
ALTER TABLE partner_customer_references ADD COLUMN call_id TEXT;
