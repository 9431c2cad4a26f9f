// Command roster is a user directory with the user APIs of several products.
package main

import (
	"os"

	"roster.example/roster/internal/cli"
)

func main() {
	os.Exit(cli.Main())
}
