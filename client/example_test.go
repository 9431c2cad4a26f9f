package client_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"roster.example/roster/client"
	"roster.example/roster/rostertest"
)

// exampleClient returns a client for a server that lives for one example.
func exampleClient() (c *client.Client, stop func()) {
	s, err := rostertest.Open()
	if err != nil {
		panic(err)
	}
	return s.Client(), func() {
		if err := s.Close(); err != nil {
			panic(err)
		}
	}
}

func ExampleNew() {
	c, err := client.New("https://people.example.org", "rst_0123456789", client.WithUserAgent("provisioning/1.0"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c) // the token is not printed
	// Output: roster client of https://people.example.org
}

func ExampleUsers_Create() {
	c, stop := exampleClient() // in a program: client.New
	defer stop()
	ctx := context.Background()

	ada, err := c.Users.Create(ctx, client.NewUser{Username: "ada", Name: "Ada Lovelace", Email: "ada@example.org"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(ada.Username, ada.State)
	// Output: ada active
}

// Null clears a field. A nil pointer does not change the field.
func ExampleUsers_Update_null() {
	c, stop := exampleClient() // in a program: client.New
	defer stop()
	ctx := context.Background()

	ada, err := c.Users.Create(ctx, client.NewUser{Username: "ada", Name: "Ada Lovelace", Company: "Analytical Engines", Bio: "Writes notes."})
	if err != nil {
		fmt.Println(err)
		return
	}
	ada, err = c.Users.Update(ctx, ada.ID, client.UserUpdate{Skype: new("ada"), Null: []client.Field{client.FieldBio}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q %q %q\n", ada.Bio, ada.Company, ada.Skype)
	// Output: "" "Analytical Engines" "ada"
}

func ExampleUsers_List() {
	c, stop := exampleClient() // in a program: client.New
	defer stop()
	ctx := context.Background()
	for _, name := range []string{"grace", "ada", "alan"} {
		if _, err := c.Users.Create(ctx, client.NewUser{Username: name}); err != nil {
			fmt.Println(err)
		}
	}

	for user, err := range c.Users.List(ctx, client.UserQuery{Filter: `admin eq false`, Sort: "username"}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(user.Username)
	}
	// Output:
	// ada
	// alan
	// grace
}

func ExampleUsers_Update() {
	c, stop := exampleClient() // in a program: client.New
	defer stop()
	ctx := context.Background()
	ada, err := c.Users.Create(ctx, client.NewUser{Username: "ada"})
	if err != nil {
		fmt.Println(err)
		return
	}

	change := client.UserUpdate{Company: new("Engines"), IfMatch: ada.ETag}
	ada, err = c.Users.Update(ctx, ada.ID, change)
	fmt.Println(ada.Company, err)
	_, err = c.Users.Update(ctx, ada.ID, change) // with the ETag of the previous version
	fmt.Println(errors.Is(err, client.ErrChanged))
	// Output:
	// Engines <nil>
	// true
}

func ExampleError() {
	c, stop := exampleClient() // in a program: client.New
	defer stop()

	_, err := c.Users.Create(context.Background(), client.NewUser{Username: "admin"})
	if apiErr, ok := errors.AsType[*client.Error](err); ok {
		for _, field := range apiErr.Fields {
			fmt.Println(field.Field, field.Code)
		}
	}
	fmt.Println(errors.Is(err, client.ErrConflict))
	// Output:
	// username taken
	// true
}

func ExampleUsers_Bulk() {
	c, stop := exampleClient() // in a program: client.New
	defer stop()

	outcomes, err := c.Users.Bulk(context.Background(), []client.Operation{
		client.CreateOp(client.NewUser{Username: "ada"}),
		client.UserOp(client.OpBlock, 4711),
	})
	for _, o := range outcomes {
		fmt.Println(o.Status, o.Err != nil)
	}
	fmt.Println(err)
	// Output:
	// 201 false
	// 404 true
	// <nil>
}

func ExampleUsers_Import() {
	c, stop := exampleClient() // in a program: client.New
	defer stop()

	file := strings.NewReader("username,email\nada,ada@example.org\ngrace,grace@example.org\n")
	for step, err := range c.Users.Import(context.Background(), file, client.Import{Name: "team-2026", Format: client.CSV}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(step.Type, step.Accepted)
	}
	// Output:
	// progress 2
	// summary 2
}

func ExampleEvents_Stream() {
	c, stop := exampleClient() // in a program: client.New
	defer stop()
	ctx := context.Background()
	head, err := c.Events.GetHead(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := c.Users.Create(ctx, client.NewUser{Username: "ada"}); err != nil {
		fmt.Println(err)
		return
	}

	for event, err := range c.Events.Stream(ctx, client.StreamQuery{After: &head.ID, Verb: "user."}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(event.Verb)
		break // otherwise the loop does not end
	}
	// Output: user.create
}

func ExampleClient_As() {
	c, stop := exampleClient() // in a program: client.New, with a token that has the scope sudo
	defer stop()
	ctx := context.Background()
	if _, err := c.Users.Create(ctx, client.NewUser{Username: "ada"}); err != nil {
		fmt.Println(err)
		return
	}

	me, err := c.As("ada").Me.Get(ctx)
	fmt.Println(me.Username, err)
	// Output: ada <nil>
}

func ExampleTokens_Create() {
	c, stop := exampleClient() // in a program: client.New
	defer stop()
	ctx := context.Background()

	token, err := c.Tokens.Create(ctx, client.CurrentUser(), client.NewToken{Name: "backup", Scopes: []string{"read_user"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	me, err := c.WithToken(token.Text).Me.Get(ctx) // the secret is returned only once
	fmt.Println(me.Username, err)
	// Output: admin <nil>
}
