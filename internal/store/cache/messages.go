package cache

import (
	"fmt"
	"strconv"
	"strings"

	"roster.example/roster/internal/model"
)

// A message tells other nodes what a commit changed. It consists of words, separated by spaces:
//
//	e<node>.<number>      the node and the number of its message (see feedProbe)
//	v<event>              the last event when it was committed
//	t<tag>                entries with this tag are stale
//	o                     entries that depend on organizations or roles are stale
//	l<user>=<state>       see listChange for this and the following
//	g<user>
//	j<user>@<org>
//	x<user>@<org>
//	d<org>
//	*                     all entries are stale
//
// Numbers have base 36. Nodes run the same version, except during an upgrade; an unknown word
// makes all entries stale.

// maxWord is the maximum length of a word.
const maxWord = 48

// maxMessages is the maximum number of messages of one transaction. A larger transaction sends
// wordInvalidateAll. Three messages hold about a thousand users.
const maxMessages = 50

const wordInvalidateAll = "*"

// messages formats changes.
func (c *changes) messages() []string {
	var all []string
	var b strings.Builder
	head := c.id.format() + " v" + formatNumber(int64(c.version))
	b.WriteString(head)
	add := func(word string) {
		if b.Len() > model.MaxFeedMessage-maxWord {
			all = append(all, b.String())
			b.Reset()
			b.WriteString(head)
		}
		b.WriteByte(' ')
		b.WriteString(word)
	}
	if c.orgs {
		add("o")
	}
	for _, t := range c.tags {
		add("t" + formatNumber(int64(t)))
	}
	for _, l := range c.lists {
		add(l.format())
	}
	if all = append(all, b.String()); len(all) > maxMessages {
		return []string{head + " " + wordInvalidateAll}
	}
	return all
}

func formatNumber(n int64) string { return strconv.FormatInt(n, 36) }

func (l listChange) format() string {
	switch l.op {
	case opUpsert:
		return string(rune(l.op)) + formatNumber(int64(l.user)) + "=" + string(l.state)
	case opDelete:
		return string(rune(l.op)) + formatNumber(int64(l.user))
	case opDeleteOrg:
		return string(rune(l.op)) + formatNumber(int64(l.org))
	}
	return string(rune(l.op)) + formatNumber(int64(l.user)) + "@" + formatNumber(int64(l.org))
}

// parseMessage parses a message. After an error, treat all entries as stale.
func parseMessage(message string) (changes, error) {
	var c changes
	for word := range strings.FieldsSeq(message) {
		if err := c.parseWord(word); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c *changes) parseWord(word string) error {
	switch verb, rest := word[0], word[1:]; verb {
	case 'o':
		c.orgs = true
		return nil
	case 'e':
		c.id = parseMessageID(rest)
		return nil
	case 'v':
		var err error
		c.version, err = parseNumber[model.EventID](rest)
		return err
	case 't':
		n, err := strconv.ParseUint(rest, 36, 32)
		if err != nil || n >= tagCount {
			return fmt.Errorf("unknown word %q in a feed message", word)
		}
		c.tags = append(c.tags, tag(n))
		return nil
	default:
		return c.parseListWord(listOp(verb), rest)
	}
}

func (c *changes) parseListWord(verb listOp, rest string) error {
	l := listChange{op: verb}
	first, second, _ := strings.Cut(rest, "@")
	var err error
	switch verb {
	case opUpsert:
		first, second, _ = strings.Cut(rest, "=")
		l.state = model.State(second)
		l.user, err = parseNumber[model.UserID](first)
	case opDelete:
		l.user, err = parseNumber[model.UserID](rest)
	case opDeleteOrg:
		l.org, err = parseNumber[model.OrgID](rest)
	case opAdd, opRemove:
		if l.user, err = parseNumber[model.UserID](first); err == nil {
			l.org, err = parseNumber[model.OrgID](second)
		}
	default:
		err = fmt.Errorf("unknown operation %q in a feed message", verb)
	}
	c.addList(l)
	return err
}

func parseNumber[ID ~int64](text string) (ID, error) {
	n, err := strconv.ParseInt(text, 36, 64)
	return ID(n), err
}
