// Package model holds the records of the directory, their identifiers, and the interface of the
// stores that keep them. It has no rule: what a store or an API needs without the rules is here.
//
//   - Records: [User], [Organization], [Role], [Project], [Invitation], [SSHKey], [Session], [Webhook], …
//   - [Actor], [Permission], [Scopes]: who performs an operation, and what the credential covers.
//   - [Event], its [Verb] and its hash, [Message] and [Mail].
//   - [Store], [Reader] and [Writer]. internal/store/storetest tests what their comments promise.
package model
