// Package lookup identifies an object by a text that may be one of several kinds of name, such as an id or a
// slug.
package lookup
