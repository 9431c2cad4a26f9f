// Package directory is the heart of Roster: the people, organizations, keys and
// credentials of a team, and every rule about them.
//
// It knows no HTTP, no SQL and no JSON. The API folders translate their
// product's words into calls on [Directory] and its answers back; the store
// folders keep the facts that [Store] describes. Whatever is decided, is decided
// here: who may do what (may.go), what good input is (dialect.go and the file of
// each noun), what a deed leaves behind (event.go).
//
// Every method of Directory takes the [Actor] who asks. Its permission check,
// its deed and its [Event] share one transaction.
package directory
