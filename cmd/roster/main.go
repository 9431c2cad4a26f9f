// Command roster is one directory of people for a team's tools.
package main

import (
	"os"

	"roster.example/roster/internal/cli"
)

func main() {
	os.Exit(cli.Main())
}
