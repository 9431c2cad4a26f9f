package config

import (
	"strings"

	"roster.example/roster/internal/secret"
)

// Admin is the first administrator of an unattended installation.
type Admin struct {
	Username, Email string
	Password        secret.Text
}

// AdminFromEnv reads ROSTER_ADMIN_USERNAME, ROSTER_ADMIN_EMAIL and
// ROSTER_ADMIN_PASSWORD, each also from the file in the variable …_FILE. Either all or none
// must be set; present reports which. The error is an *Error.
func AdminFromEnv(lookup func(string) (string, bool)) (a Admin, present bool, err error) {
	var faults []Fault
	var missing []string
	values := map[string]string{}
	for _, name := range []string{"ROSTER_ADMIN_USERNAME", "ROSTER_ADMIN_EMAIL", "ROSTER_ADMIN_PASSWORD"} {
		text, source, err := fromEnv(lookup, name, name+"_FILE")
		switch {
		case err != nil:
			faults = append(faults, Fault{Source: source, Problem: err.Error()})
		case source == "":
			missing = append(missing, name)
		default:
			values[name] = text
		}
	}
	if len(values) > 0 && len(missing) > 0 {
		faults = append(faults, Fault{Source: "environment",
			Problem: "the first administrator is incomplete: set " + strings.Join(missing, " and ") + ", too, or none of the three"})
	}
	if len(faults) > 0 {
		return Admin{}, false, &Error{Faults: faults}
	}
	a = Admin{Username: values["ROSTER_ADMIN_USERNAME"], Email: values["ROSTER_ADMIN_EMAIL"],
		Password: secret.Text(values["ROSTER_ADMIN_PASSWORD"])}
	return a, len(values) > 0, nil
}
