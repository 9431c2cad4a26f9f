// Package rostertest gives a Go test a running Roster of its own, on the loopback
// interface, with an administrator and all APIs: a test double of the users' APIs of
// GitLab, Wekan, Codebase and pm415 for those who write clients of them, and a real
// server for those who use Roster's own.
//
//	func TestMyClient(t *testing.T) {
//		t.Parallel()
//		s := rostertest.Start(t)
//		ada := s.AddUser("ada")
//		gitlab := s.GitLab(ada) // gitlab.URL, gitlab.Token
//		…
//	}
//
// It is the real program on a database in a temporary folder, in memory where the
// system can, and nothing of it is left after the test. Only passwords are hashed more cheaply than in life.
package rostertest
