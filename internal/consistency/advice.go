package consistency

// advice says what to do about a discrepancy.
func (c *Catalogue) advice(d Discrepancy) string {
	own := ""
	for i := range c.topics {
		if c.topics[i].Topic == d.Topic && c.topics[i].Advice != "" {
			own = c.topics[i].Advice
			break
		}
	}
	switch {
	case d.Kind == UnsupportedClaim && len(d.Evidence) == 0: // it names an employee
		return "Collect proof for what is said there, or stop saying it."
	case d.Kind == UnsupportedClaim:
		return "Collect proof for \"" + d.Evidence[0].Text + "\", or stop saying it."
	case own != "":
		return own
	case d.Kind == NumericMismatch:
		return "Bring the promised figure and the real one together."
	}
	return "Settle which side is right, then let the CEO, the employees and the demos say it."
}
