// Package inputpolicy has the rules for the input of users: usernames, names, profiles and passwords. Some depend
// on the API, because the products differ.
package inputpolicy
