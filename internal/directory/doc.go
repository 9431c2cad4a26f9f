// Package directory holds users, organizations, credentials and SSH keys, and every rule about
// them.
//
// It has no HTTP, SQL or JSON. The API packages translate requests into calls of [Directory]
// and its results into responses; the store packages implement [model.Store]. Authorization is in
// authorize.go, the validation of input in the file of each noun and in input_policy.go.
//
// Methods of Directory take the [model.Actor] of the operation. The permission check, the change and
// its [model.Event] share one transaction.
package directory
