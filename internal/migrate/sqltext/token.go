// Package sqltext reads the text of SQL as SQLite writes it: its tokens, and
// what the statements that made a schema say beyond what SQLite's pragmas tell.
package sqltext

import (
	"fmt"
	"strings"
)

// Kind is the kind of a token.
type Kind uint8

// The kinds of tokens.
const (
	End    Kind = iota
	Word        // a keyword or a plain name
	Quoted      // a quoted name: "a", [a] or `a`
	Text        // a string literal
	Number      // a numeric literal
	Blob        // x'00ff'
	Symbol      // an operator or punctuation
)

// Token is one piece of SQL.
type Token struct {
	Kind Kind
	Text string // the name or string without its quotes, else as written
	At   int    // its first byte
	End  int    // the byte after it
	Mark byte   // the quote that was opened
}

// Fold returns a name in the one case in which SQLite compares names: the
// letters of ASCII alone have two. É and é are two columns.
func Fold(name string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, name)
}

// Is reports whether t is one of the given keywords or symbols, written in
// capitals.
func (t Token) Is(words ...string) bool {
	if t.Kind != Word && t.Kind != Symbol {
		return false
	}
	for _, w := range words {
		if strings.EqualFold(t.Text, w) {
			return true
		}
	}
	return false
}

// Named reports whether t can be a name.
func (t Token) Named() bool { return t.Kind == Word || t.Kind == Quoted }

// Scan splits SQL into tokens, without comments. The last one is of the kind
// End.
func Scan(sql string) ([]Token, error) {
	var out []Token
	for i := 0; i < len(sql); {
		start := i
		c := sql[i]
		switch {
		case c <= ' ':
			i++
			continue
		case strings.HasPrefix(sql[i:], "--"):
			if n := strings.IndexByte(sql[i:], '\n'); n >= 0 {
				i += n + 1
			} else {
				i = len(sql)
			}
			continue
		case strings.HasPrefix(sql[i:], "/*"):
			if n := strings.Index(sql[i+2:], "*/"); n >= 0 {
				i += n + 4
			} else {
				i = len(sql)
			}
			continue
		case (c == 'x' || c == 'X') && i+1 < len(sql) && sql[i+1] == '\'':
			n := strings.IndexByte(sql[i+2:], '\'')
			if n < 0 {
				return nil, fmt.Errorf("a blob literal does not end")
			}
			out = append(out, Token{Kind: Blob, Text: sql[i+2 : i+2+n], At: start, End: i + n + 3})
			i += n + 3
			continue
		case c == '\'' || c == '"' || c == '`' || c == '[':
			body, n, err := unquote(sql[i:])
			if err != nil {
				return nil, err
			}
			k := Quoted
			if c == '\'' {
				k = Text
			}
			i += n
			out = append(out, Token{Kind: k, Text: body, At: start, End: i, Mark: c})
			continue
		case digit(c) || c == '.' && i+1 < len(sql) && digit(sql[i+1]):
			i += numberLength(sql[i:])
			out = append(out, Token{Kind: Number, Text: sql[start:i], At: start, End: i})
			continue
		case letter(c):
			for i < len(sql) && (letter(sql[i]) || digit(sql[i]) || sql[i] == '$') {
				i++
			}
			out = append(out, Token{Kind: Word, Text: sql[start:i], At: start, End: i})
			continue
		}
		i += symbolLength(sql[i:])
		out = append(out, Token{Kind: Symbol, Text: sql[start:i], At: start, End: i})
	}
	return append(out, Token{Kind: End, At: len(sql), End: len(sql)}), nil
}

// unquote reads the quoted name or string that s begins with, and returns it
// and its length in s.
func unquote(s string) (body string, n int, err error) {
	closing := s[0]
	if closing == '[' {
		if n := strings.IndexByte(s, ']'); n > 0 {
			return s[1:n], n + 1, nil
		}
		return "", 0, fmt.Errorf("a name in brackets does not end")
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != closing {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == closing {
			b.WriteByte(closing)
			i++
			continue
		}
		return b.String(), i + 1, nil
	}
	return "", 0, fmt.Errorf("a quoted text does not end")
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

func letter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func numberLength(s string) int {
	if len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') {
		i := 2
		for i < len(s) && (digit(s[i]) || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'f') {
			i++
		}
		return i
	}
	i := 0
	for i < len(s) && (digit(s[i]) || s[i] == '.' || s[i] == '_') {
		i++
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if j < len(s) && digit(s[j]) {
			for j < len(s) && digit(s[j]) {
				j++
			}
			i = j
		}
	}
	return i
}

func symbolLength(s string) int {
	for _, op := range []string{"->>", "||", "->", "<<", ">>", "<=", ">=", "==", "!=", "<>"} {
		if strings.HasPrefix(s, op) {
			return len(op)
		}
	}
	return 1
}
