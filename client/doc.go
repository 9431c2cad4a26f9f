// Package client speaks Roster's own API, below /api/v1, from Go.
//
//	c, err := client.New("https://people.example.org", os.Getenv("ROSTER_TOKEN"))
//	…
//	for person, err := range c.Users.List(ctx, client.UserQuery{Filter: `state eq "active"`}) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(person.Username)
//	}
//
// Each noun is a field of [Client] with a method for each thing to do. Long lists
// are iterators that go through all pages, and have a Page method for one of them;
// short lists are slices.
//
// Errors of the server are an [*Error], and say with [errors.Is] what kind they are:
// [ErrNotFound], [ErrConflict] and so on. What can be asked again without harm is
// asked again by itself when the connection fails or the server is busy: reading,
// putting and deleting, and every creation, because each carries an Idempotency-Key.
//
// The package needs nothing but the standard library.
package client
