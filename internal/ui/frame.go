package ui

import (
	"strings"
	"unicode/utf8"
)

// Frame is the navigation around the pages of a signed-in user.
type Frame struct {
	Label    string // of the navigation, for screen readers
	Groups   []NavGroup
	Username string
	Name     string // full name; may be empty
	Admin    bool
	Console  bool   // whether the user may open the console
	Crumbs   []Link // the pages above this one, from the first
	Tabs     []Tab
}

// Link is a link with its text.
type Link struct {
	Text string
	Path string // below the root of the server
}

// Tab is one of several views of a page.
type Tab struct {
	Link
	Current bool
	Count   string // of the things in the view, ready to be shown; may be empty
}

// NavGroup is one group of links of a navigation.
type NavGroup struct {
	Title string
	Links []NavLink
}

// NavLink is one link of a navigation.
type NavLink struct {
	Text, Icon string
	Path       string // below the root of the server
	Current    bool   // whether it is the page that is shown
}

// Title returns the name of the user, or the username if there is none.
func (f Frame) Title() string {
	if f.Name != "" {
		return f.Name
	}
	return f.Username
}

// Initials returns the first letters of the first and the last word of the title.
func (f Frame) Initials() string {
	words := strings.Fields(f.Title())
	if len(words) == 0 {
		return "?"
	}
	initials := firstLetter(words[0])
	if len(words) > 1 {
		initials += firstLetter(words[len(words)-1])
	}
	return initials
}

func firstLetter(word string) string {
	letter, _ := utf8.DecodeRuneInString(word)
	return strings.ToUpper(string(letter))
}
