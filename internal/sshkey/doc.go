// Package sshkey parses public SSH keys.
//
// It accepts one key in the format of a .pub file, also wrapped over several lines, without
// options. Results are canonical, so that equal keys are equal texts. Private keys are
// rejected.
package sshkey
