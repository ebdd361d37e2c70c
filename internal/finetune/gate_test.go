package finetune

import "github.com/power100/tpe/internal/redact"

var redactGate = redact.New(redact.Options{})
