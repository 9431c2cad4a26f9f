// Package sshkey reads the public SSH keys that people paste into a form.
//
// It accepts what OpenSSH writes into a .pub file, also when mail or a form
// has wrapped it over lines, and nothing else: one key, without options. What
// it returns is canonical, so that equal keys are equal texts, whoever sent
// them. The package never needs a private key, and refuses one.
package sshkey
