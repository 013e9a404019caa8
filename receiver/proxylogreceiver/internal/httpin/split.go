// Copyright The proxylog Authors
// SPDX-License-Identifier: Apache-2.0

package httpin

import (
	"strings"

	"github.com/proxylog/proxylog/internal/format/edgeone"
	"github.com/proxylog/proxylog/internal/jsonscan"
)

// splitter cuts a body into lines: the objects of an array, of JSON Lines or simply behind one another, however they are
// spread over lines of text, and each other line of text by itself.
type splitter struct {
	body string
	// at is the first byte that is not cut yet.
	at int
	// unwrap says that EdgeOne's entries are taken out of what stands around them.
	unwrap bool
	json   *jsonscan.Reader
	// budget is how many bytes may still be read in vain, as objects that turn out to be none, before the rest is cut by
	// its ends of line alone.
	budget int
	out    []string
}

// split cuts a body into at most limit lines; false means that there are more.
func split(body string, unwrap bool, limit int) ([]string, bool) {
	keys, err := jsonscan.NewKeys(nil)
	if err != nil {
		panic(err) // there is nothing in it that could be wrong
	}
	s := splitter{
		body: strings.TrimPrefix(body, "\ufeff"), unwrap: unwrap, json: jsonscan.NewReader(keys),
		budget: 4*len(body) + 1<<16,
	}
	for s.at < len(s.body) {
		s.next()
		if len(s.out) > limit {
			return nil, false
		}
	}
	return s.out, true
}

// next cuts off an object or a line.
func (s *splitter) next() {
	begin := s.at
	if s.budget > 0 {
		begin = jsonscan.Skip(s.body, s.at)
		if begin == len(s.body) && strings.ContainsAny(s.body[s.at:], ",[]") {
			s.at = begin // the end of an array
			return
		}
	}
	if begin == len(s.body) || s.body[begin] != '{' || s.budget <= 0 {
		s.line(begin)
		return
	}
	end := s.json.Value(s.body, begin)
	switch {
	case end < 0:
		s.budget -= s.json.Err.Offset - begin
		s.broken(begin)
	case s.ends(end):
		s.object(s.body[begin:end])
		s.at = s.behind(end)
	default:
		// A line of text that begins with a brace, or an entry with a suffix.
		s.line(begin)
	}
}

// ends reports whether an object that ends at body[i] is all of what stands there: the next one follows, or nothing.
func (s *splitter) ends(i int) bool {
	for i < len(s.body) && (s.body[i] == ' ' || s.body[i] == '\t' || s.body[i] == '\r') {
		i++
	}
	return i == len(s.body) || strings.IndexByte("\n,[]{\x1e", s.body[i]) >= 0
}

// behind is the first byte behind an object's end of line, where nothing but that follows.
func (s *splitter) behind(i int) int {
	for k := i; k < len(s.body); k++ {
		switch s.body[k] {
		case ' ', '\t', '\r':
		case '\n':
			return k + 1
		default:
			return i
		}
	}
	return len(s.body)
}

// object adds an object, or the entries in it.
func (s *splitter) object(text string) {
	if s.unwrap && strings.IndexByte(text[1:], '{') >= 0 {
		if entries := edgeone.Entries(text); len(entries) > 0 {
			s.out = append(s.out, entries...)
			return
		}
	}
	s.out = append(s.out, text)
}

// line adds the line of text that body[i] is in, and empty ones before it.
func (s *splitter) line(i int) {
	for {
		text, rest, _ := strings.Cut(s.body[s.at:], "\n")
		begins := s.at
		s.at = len(s.body) - len(rest)
		if s.at <= i && s.at < len(s.body) {
			if strings.Trim(text, " \t\r") == "" && begins > 0 && s.body[begins-1] == '\n' {
				s.out = append(s.out, "")
			}
			continue
		}
		s.text(strings.TrimSuffix(text, "\r"))
		return
	}
}

// text adds a line of text, or the entries in it.
func (s *splitter) text(text string) {
	if s.unwrap && strings.Contains(text, `{"`) {
		// One entry behind a syslog header stays with it.
		if entries := edgeone.Entries(text); len(entries) > 1 || len(entries) == 1 && !hasPriority(text) {
			s.out = append(s.out, entries...)
			return
		}
	}
	s.out = append(s.out, text)
}

// hasPriority reports whether the line begins as syslog's headers do, and not with a prefix such as <log>.
func hasPriority(text string) bool { return len(text) > 1 && text[0] == '<' && text[1]-'0' <= 9 }

// broken adds what begins with a brace at body[i] and is no object: up to where another one may begin, so that it costs
// nothing but itself, or up to the end of the line; an object that is spread over lines has no such end.
func (s *splitter) broken(i int) {
	end := strings.IndexByte(s.body[i:], '\n')
	switch {
	case end < 0:
		end = len(s.body)
	case strings.Trim(s.body[i+1:i+end], " \t\r") == "":
		end = len(s.body)
	default:
		end += i
	}
	for k := i + 1; k < end; k++ {
		n := strings.IndexByte(s.body[k:end], '{')
		if n < 0 {
			break
		}
		if k += n; s.begins(k) {
			end = k
			break
		}
	}
	begin := i
	if end == len(s.body) || s.body[end] == '\n' {
		// A line of text is taken whole.
		if first := strings.LastIndexByte(s.body[:i], '\n') + 1; first >= s.at {
			begin = first
		}
	}
	s.out = append(s.out, strings.TrimRight(s.body[begin:end], ", \t\r\n"))
	s.at = s.behind(end)
}

// begins reports whether an object behind another one may begin with the brace at body[i].
func (s *splitter) begins(i int) bool {
	if i+1 == len(s.body) || strings.IndexByte("\" \t\r\n}", s.body[i+1]) < 0 {
		return false
	}
	before := strings.TrimRight(s.body[:i], " \t\r")
	if before == "" {
		return true
	}
	switch before[len(before)-1] {
	case '\n':
		return true
	case ',', '}', ']':
		return s.body[i+1] == '"'
	}
	return false
}
