// Command peers is PocketBase, built from its module, for comparison. "peers seed" fills
// it with users; all other commands are PocketBase's.
//
// It is a module of its own, so that the benchmarks do not depend on PocketBase.
package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 2 && args[0] == "seed" {
		return seed(args[1], os.Stdin)
	}
	app := pocketbase.New()
	app.OnServe().BindFunc(announce)
	return app.Start()
}

// announce listens on a free port and prints it. PocketBase would print the port of its
// arguments.
func announce(e *core.ServeEvent) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	e.Listener = l
	if err := e.Next(); err != nil {
		return err
	}
	_, err = fmt.Println("listening on " + l.Addr().String())
	return err
}

// The addresses and the password of the superuser and the user.
const (
	admin    = "chief@example.org"
	member   = "ada@example.org"
	password = "correct horse battery staple"
)

// seed creates a superuser, a user with a password, a plain collection "members", and
// a user for each line of a CSV file with username, email and name. The first line is
// the header.
func seed(folder string, from io.Reader) error {
	app := pocketbase.NewWithConfig(pocketbase.Config{DefaultDataDir: folder})
	if err := app.Bootstrap(); err != nil {
		return err
	}
	if err := app.RunAllMigrations(); err != nil {
		return err
	}
	if err := addPerson(app, core.CollectionNameSuperusers, admin); err != nil {
		return err
	}
	if err := addPerson(app, "users", member); err != nil {
		return err
	}
	if err := addCollection(app); err != nil {
		return err
	}
	if err := addUsers(app, csv.NewReader(bufio.NewReaderSize(from, 1<<20))); err != nil {
		return err
	}
	return app.ResetBootstrapState()
}

func addPerson(app core.App, collection, address string) error {
	where, err := app.FindCollectionByNameOrId(collection)
	if err != nil {
		return err
	}
	r := core.NewRecord(where)
	r.SetEmail(address)
	r.SetPassword(password)
	r.SetVerified(true)
	return app.Save(r)
}

// addCollection creates a collection of records without passwords.
func addCollection(app core.App) error {
	c := core.NewBaseCollection("members")
	c.Fields.Add(
		&core.TextField{Name: "username", Required: true},
		&core.EmailField{Name: "email", Required: true},
		&core.TextField{Name: "name", Required: true},
		&core.AutodateField{Name: "created", OnCreate: true},
		&core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true},
	)
	c.AddIndex("members_username", true, "username COLLATE NOCASE", "")
	c.AddIndex("members_email", true, "email COLLATE NOCASE", "")
	return app.Save(c)
}

func addUsers(app core.App, users *csv.Reader) error {
	if _, err := users.Read(); err != nil {
		return err
	}
	return app.RunInTransaction(func(tx core.App) error {
		insert := tx.DB().NewQuery(`INSERT INTO users (id, tokenKey, password, email, emailVisibility, verified, name, avatar, created, updated)
			VALUES ({:id}, {:token}, '-', {:email}, FALSE, TRUE, {:name}, '', '2026-01-02 03:04:05.000Z', '2026-01-02 03:04:05.000Z')`).Prepare()
		for i := 0; ; i++ {
			line, err := users.Read()
			if errors.Is(err, io.EOF) {
				return insert.Close()
			}
			if err != nil {
				return err
			}
			_, err = insert.Bind(dbx.Params{
				"id": fmt.Sprintf("bench%010d", i), "token": fmt.Sprintf("bench%045d", i), "email": line[1], "name": line[2],
			}).Execute()
			if err != nil {
				return fmt.Errorf("line %d: %w", i+2, err)
			}
		}
	})
}
