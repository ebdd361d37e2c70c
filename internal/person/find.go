package person

import "bytes"

// hit is a place in a text that may be an id. One that is not exact reads the
// text more freely than its writer may have meant: it only ever counts as a
// mention.
type hit struct {
	kind     Kind
	text     []byte // canonical; valid until the next hit
	from, to int
	inexact  bool
	owner    owner // of a user id, when its place tells the role
}

// finder finds what may be an id. Its buffers are used again.
type finder struct {
	buf    []byte
	digits []byte
	groups []span
	escapes
}

type span struct{ from, to int }

// shortest is the length of the shortest text in which an id can be found.
const shortest = len("a@b.c")

// each calls visit for everything in text that may be an id of a kind that is
// wanted, until visit says that it is one: the search goes on behind it. A text
// that may be JSON, or hold some, is also read without its escapes.
func (f *finder) each(text []byte, wanted kinds, visit func(hit) bool) {
	f.plain(text, wanted, visit)
	if f.decode(text) {
		f.plain(f.text, wanted, func(h hit) bool {
			h.from, h.to = f.origin[h.from], f.origin[h.to]
			return visit(h)
		})
	}
}

func (f *finder) plain(text []byte, wanted kinds, visit func(hit) bool) {
	if len(text) < shortest {
		return
	}
	if wanted.email {
		f.emails(text, visit)
	}
	if wanted.phone && len(text) >= phoneDigits {
		f.phones(text, visit)
	}
	if wanted.user {
		f.words(text, visit)
	}
}

// kinds says which kinds of ids are searched.
type kinds struct{ email, phone, user, record bool }

func isDigit(c byte) bool { return c-'0' < 10 }

func isWord(c byte) bool { return isDigit(c) || c|0x20-'a' < 26 || c == '_' }

// minDistinct is the length from which a user id of letters and digits is
// told from other words.
const minDistinct = 8

// distinct says whether a word can only be an id: it is long and mixes
// letters and digits.
func distinct(b []byte) bool {
	if len(b) < minDistinct {
		return false
	}
	digits, letters := false, false
	for _, c := range b {
		if !isWord(c) && c != '-' {
			return false
		}
		digits = digits || isDigit(c)
		letters = letters || !isDigit(c) && c != '_' && c != '-'
	}
	return digits && letters
}

// words finds user ids: words that are distinct, and what stands behind the
// name of an id or in the path of a person.
func (f *finder) words(text []byte, visit func(hit) bool) {
	named := nobodys // whose id comes, by the words before
	if len(text) < minDistinct-1 {
		return // not even users/1
	}
	for at := 0; at < len(text); {
		if !isWord(text[at]) {
			if named != nobodys && bytes.IndexByte([]byte(`="':\ `), text[at]) < 0 {
				named = nobodys
			}
			at++
			continue
		}
		from := at
		for at < len(text) && (isWord(text[at]) || text[at] == '-') {
			at++
		}
		word := text[from:at]
		if named != nobodys || distinct(word) {
			h := hit{kind: User, text: word, from: from, to: at}
			if named != nobodys {
				h.owner = named
			}
			if visit(h) {
				named = nobodys
				continue
			}
		}
		named = nobodys
		if o := ofPath(word); o != nobodys && at < len(text) && text[at] == '/' {
			end := pathStep(text, at+1)
			if end > at+1 && visit(hit{kind: User, text: text[at+1 : end], from: at + 1, to: end, owner: o}) {
				at = end
			}
			continue
		}
		named = ownerOf(word)
	}
}

// ofPath says whose id the next step of a path is.
func ofPath(word []byte) owner {
	switch string(word) {
	case "contractors", "contractor":
		return "contractor"
	case "users", "user":
		return ""
	}
	return nobodys
}

func pathStep(text []byte, at int) int {
	for at < len(text) && (isWord(text[at]) || text[at] == '-' || text[at] == '.') {
		at++
	}
	return at
}

// owner says whose id a member of a record holds.
type owner string

const nobodys owner = "-"

// ownerOf reads the name of a member. The owner is empty when the name does
// not tell the role.
func ownerOf(name []byte) owner {
	if len(name) < len("userid") {
		return nobodys
	}
	switch name[0] | 0x20 {
	case 'u', 'c', 'a', '_' | 0x20, '-':
	default:
		return nobodys
	}
	var b [16]byte
	n := 0
	for _, c := range name {
		if c == '_' || c == '-' {
			continue
		}
		if n == len(b) {
			return nobodys
		}
		if c-'A' < 26 {
			c |= 0x20
		}
		b[n] = c
		n++
	}
	switch string(b[:n]) {
	case "userid":
		return ""
	case "contractorid":
		return "contractor"
	case "adminid":
		return "admin"
	}
	return nobodys
}
