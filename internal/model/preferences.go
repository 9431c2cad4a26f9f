package model

import "time"

// Preferences are how the pages and the emails of a user look, and which notices the user receives.
// Other users do not see them.
type Preferences struct {
	Language string // code of BCP 47, such as "de"; empty is the language that the browser accepts
	Theme    string // "system", "light" or "dark"; empty if the user has chosen none
	TimeZone string // IANA name, such as "Europe/Berlin"; empty is UTC
	// NoSignInNotice switches the notices of sign-ins from a new network off.
	NoSignInNotice bool
}

// NoticeAddress is a former primary address that receives security notices of a user for some time.
type NoticeAddress struct {
	User    UserID
	Address string
	EndsAt  time.Time
}

// PreferencesReader reads preferences and notice addresses.
type PreferencesReader interface {
	Preferences(user UserID) (Preferences, error)         // the zero value if none were stored
	NoticeAddresses(user UserID) ([]NoticeAddress, error) // by address, with expired ones
}

// PreferencesWriter writes preferences and notice addresses.
type PreferencesWriter interface {
	PutPreferences(user UserID, p Preferences) error // NotFound if there is no such user
	PutNoticeAddress(a NoticeAddress) error
	DropNoticeAddresses(user UserID) error
}

// Languages returns the languages of the pages and emails. The first one is used where nothing else is
// known.
func Languages() []string { return []string{"en", "de"} }

// Themes returns the themes of the pages; "system" follows the browser.
func Themes() []string { return []string{"system", "light", "dark"} }
