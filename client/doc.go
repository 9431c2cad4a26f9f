// Package client is a Go client for the native API of Roster, below /api/v1.
//
//	c, err := client.New("https://people.example.org", os.Getenv("ROSTER_TOKEN"))
//	…
//	for user, err := range c.Users.List(ctx, client.UserQuery{Filter: `state eq "active"`}) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(user.Username)
//	}
//
// Each resource is a field of [Client] with a method for each operation. Long lists are iterators over all pages, and have
// a method for one page. Short lists are slices.
//
// Errors of the server are an [*Error]. Their kinds are compared with [errors.Is]: [ErrNotFound], [ErrConflict] and so on.
// If the connection fails or the server is busy, the client retries requests that can be repeated safely: GET, PUT, DELETE,
// and creations, which have an Idempotency-Key.
//
// The package needs only the standard library.
package client
