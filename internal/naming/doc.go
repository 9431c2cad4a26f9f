// Package naming holds the rules for names of users and organizations: reserved words, names that look like
// another name, names that stay reserved after they were freed, and free names like a given one. Package
// confusables compares how names look.
package naming
