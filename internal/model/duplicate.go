package model

import (
	"fmt"

	"roster.example/roster/internal/fault"
)

// DuplicateError is the cause of [AmbiguousAddressError].
type DuplicateError struct{ Users [2]UserID }

func (a DuplicateError) Error() string {
	return fmt.Sprintf("users %d and %d both have the address", a.Users[0], a.Users[1])
}

// AmbiguousAddressError returns the error of a store for an address of two accounts. Its cause
// names them, for the log only.
func AmbiguousAddressError(one, other UserID) error {
	return &fault.Error{
		Kind: fault.Conflict, Fields: []fault.Field{{Name: "email", Code: fault.Ambiguous}}, Err: DuplicateError{[2]UserID{one, other}},
		Msg: "two accounts have this address in different spellings; an administrator finds them with 'roster doctor' and removes it from one",
	}
}

// DuplicateAddress is a mailbox that several accounts have.
type DuplicateAddress struct {
	Key   string
	Users []UserID
}
