package cache

import (
	"fmt"
	"strconv"
	"strings"

	"roster.example/roster/internal/directory"
)

// A note tells other nodes what a commit was about: words with a space between,
//
//	e<node>.<number>      who says so: a node knows its own by it (see echo)
//	v<event>              the last event when it was committed
//	t<topic>              facts about this topic are outdated
//	o                     facts about organizations and roles are
//	l<user>=<state>       see listChange for this and the following
//	g<user>
//	j<user>@<org>
//	x<user>@<org>
//	d<org>
//	*                     everything is outdated
//
// with numbers to the base 36. Nodes run the same version, but for the moments of
// an upgrade; a word that is not understood outdates everything.

// longestWord is more than any word needs.
const longestWord = 48

// notesLimit is how many notes one transaction may send before it says that
// everything changed: three hold about a thousand people.
const notesLimit = 50

const everything = "*"

// notes writes changes down.
func (c *changes) notes() []string {
	var all []string
	var b strings.Builder
	head := c.from.word() + " v" + digits(int64(c.version))
	b.WriteString(head)
	add := func(word string) {
		if b.Len() > directory.NoteLimit-longestWord {
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
	for _, t := range c.about {
		add("t" + digits(int64(t)))
	}
	for _, l := range c.lists {
		add(l.word())
	}
	if all = append(all, b.String()); len(all) > notesLimit {
		return []string{head + " " + everything}
	}
	return all
}

func digits(n int64) string { return strconv.FormatInt(n, 36) }

func (l listChange) word() string {
	switch l.verb {
	case stands:
		return string(rune(l.verb)) + digits(int64(l.user)) + "=" + string(l.state)
	case gone:
		return string(rune(l.verb)) + digits(int64(l.user))
	case dissolved:
		return string(rune(l.verb)) + digits(int64(l.org))
	}
	return string(rune(l.verb)) + digits(int64(l.user)) + "@" + digits(int64(l.org))
}

// readNote is the inverse. Its error means that everything may have changed.
func readNote(note string) (changes, error) {
	var c changes
	for word := range strings.FieldsSeq(note) {
		if err := c.readWord(word); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (c *changes) readWord(word string) error {
	switch verb, rest := word[0], word[1:]; verb {
	case 'o':
		c.orgs = true
		return nil
	case 'e':
		c.from = readEchoed(rest)
		return nil
	case 'v':
		var err error
		c.version, err = number[directory.EventID](rest)
		return err
	case 't':
		n, err := strconv.ParseUint(rest, 36, 32)
		if err != nil || n >= topics {
			return fmt.Errorf("the word %q of a note is not understood", word)
		}
		c.about = append(c.about, topic(n))
		return nil
	default:
		return c.readListWord(listVerb(verb), rest)
	}
}

func (c *changes) readListWord(verb listVerb, rest string) error {
	l := listChange{verb: verb}
	first, second, _ := strings.Cut(rest, "@")
	var err error
	switch verb {
	case stands:
		first, second, _ = strings.Cut(rest, "=")
		l.state = directory.State(second)
		l.user, err = number[directory.UserID](first)
	case gone:
		l.user, err = number[directory.UserID](rest)
	case dissolved:
		l.org, err = number[directory.OrgID](rest)
	case joined, left:
		if l.user, err = number[directory.UserID](first); err == nil {
			l.org, err = number[directory.OrgID](second)
		}
	default:
		err = fmt.Errorf("the verb %q of a note is not understood", verb)
	}
	c.list(l)
	return err
}

func number[ID ~int64](text string) (ID, error) {
	n, err := strconv.ParseInt(text, 36, 64)
	return ID(n), err
}
