package finetune

import (
	"slices"
	"strings"

	"github.com/power100/tpe/internal/tpe"
)

// assemble puts the messages of a conversation together: user and assistant
// by turns, ending with the assistant. What follows an answer that did not end
// by itself, and questions without an answer, are left out; left counts them.
//
// A record of a conversation holds one turn, or everything up to its turn:
// what was there before is not taken twice. A response stands beside the
// record that it names as its parent, and is taken when that one has no
// answer of its own.
func assemble(c conversation) (messages []message, left int, reason string) {
	answers := map[string]turn{} // by the parent's id
	for _, t := range c.turns {
		if t.kind == tpe.TypeAIConciergeResponse && t.parent != "" {
			answers[t.parent] = t
		}
	}
	taken := map[string]bool{}
	var all []message
	for _, t := range c.turns {
		finish := t.finish
		said := t.messages
		if t.kind == tpe.TypeAIConcierge {
			if a, ok := answers[t.id]; ok {
				taken[a.id] = true
				if !answered(said) {
					said = append(slices.Clone(said), a.messages...)
					finish = either(a.finish, finish)
				}
			}
		} else if taken[t.id] || has(all, t.messages) {
			continue
		}
		for _, m := range said {
			if m.Role == "tool" {
				return nil, 0, "tool_calls"
			}
		}
		said = slices.DeleteFunc(slices.Clone(said), func(m message) bool {
			return m.Role != "user" && m.Role != "assistant" || strings.TrimSpace(m.Content) == ""
		})
		if finish != "" && finish != "stop" {
			left++ // the answer was cut off: nothing after it can be trusted to fit
			break
		}
		if len(said) >= len(all) && slices.Equal(said[:len(all)], all) {
			all = slices.Clone(said)
		} else {
			all = append(all, said...)
		}
	}
	messages, open := pairs(all)
	if len(messages) == 0 {
		return nil, 0, "no_answer"
	}
	return messages, left + open, ""
}

// answered reports whether the last message is the assistant's.
func answered(messages []message) bool {
	return len(messages) > 0 && messages[len(messages)-1].Role == "assistant" && strings.TrimSpace(messages[len(messages)-1].Content) != ""
}

// has reports whether messages are the end of all.
func has(all, messages []message) bool {
	return len(messages) <= len(all) && slices.Equal(all[len(all)-len(messages):], messages)
}

// pairs joins messages of one side that follow each other and leaves out what
// has no answer, or no question.
func pairs(all []message) (out []message, open int) {
	var question []string
	for _, m := range all {
		switch {
		case m.Role == "user":
			question = append(question, strings.TrimSpace(m.Content))
		case len(question) > 0:
			out = append(out, message{"user", strings.Join(question, "\n\n")}, message{"assistant", strings.TrimSpace(m.Content)})
			question = nil
		case len(out) > 0:
			out[len(out)-1].Content += "\n\n" + strings.TrimSpace(m.Content)
		}
	}
	if len(question) > 0 {
		open = 1
	}
	return out, open
}
