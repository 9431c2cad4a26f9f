// Package rostertest starts a Roster server for a Go test, on the loopback interface, with an administrator and all APIs.
// It is a fake of the users' APIs of GitLab, Wekan, Codebase and pm415 for tests of their clients, and a real server for
// tests of clients of the native API.
//
//	func TestMyClient(t *testing.T) {
//		t.Parallel()
//		s := rostertest.Start(t)
//		ada := s.AddUser("ada")
//		gitlab := s.GitLab(ada) // gitlab.URL, gitlab.Token
//		…
//	}
//
// It is the complete program with a database in a temporary folder, in memory if the system supports that. Nothing is left
// after the test. Only password hashing is cheaper than in production.
package rostertest
