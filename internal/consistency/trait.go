package consistency

// traits are what the rules ask of every word, looked up once for each.
type traits uint16

const (
	isBreak    traits = 1 << iota // a mark that ends a clause
	endsClause                    // cuts a clause, or may
	isSubject                     // may begin a statement behind "and"
	mayDeny                       // a negator, or the first word of an idiom or a turner
	mayCount                      // may begin a quantity
	isPlain                       // carries nothing by itself
)

func traitsOf(w string) traits {
	var t traits
	set := func(bit traits, on bool) {
		if on {
			t |= bit
		}
	}
	set(isBreak, breaks(w))
	set(endsClause, breaks(w) || clauseWords[w] || w == "since" || w == "once" || w == "and" || w == "so" || w == "or")
	set(isSubject, clauseSubjects[w])
	set(mayDeny, negators[w] || len(idioms[w]) > 0 || len(turners[w]) > 0)
	set(mayCount, beginsQuantity(w))
	set(isPlain, plainWords[w])
	return t
}

// beginsQuantity says whether a quantity may begin with a word.
func beginsQuantity(w string) bool {
	switch w {
	case "$", "£", "€", "every", "each", "per", "day", "week", "a", "an", "couple", "few", "several", "dozens", "half":
		return true
	}
	if _, ok := weekdays[w]; ok {
		return true
	}
	if _, ok := months[w]; ok {
		return true
	}
	if _, ok := smallNumbers[w]; ok {
		return true
	}
	return w != "" && w[0] >= '0' && w[0] <= '9' || bigNumbers[w] > 0 || len(timeIdioms[w]) > 0 || periodWords[w] > 0 || ordinals[w] > 0
}
