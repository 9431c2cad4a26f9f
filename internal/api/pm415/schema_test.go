package pm415

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/model"
)

// wording is the message for one body (docs/products/pm415.md, 4 and 5); "" if it is valid.
type wording struct{ body, want string }

func checkWordings(t *testing.T, s schema, cases []wording) {
	t.Helper()
	for _, c := range cases {
		got := ""
		if err := s.check(parse(t, c.body)); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.body, got, c.want)
		}
	}
}

func parse(t *testing.T, text string) body {
	t.Helper()
	b := body{}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&b); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLoginIsValidatedInOrder(t *testing.T) {
	t.Parallel()
	checkWordings(t, loginSchema(), []wording{
		{`{}`, `"Email" is required`},
		{`{"password": 1, "x": 1}`, `"Email" is required`},
		{`{"email": ""}`, `"Email" is not allowed to be empty`},
		{`{"email": null}`, `"Email" must be a string`},
		{`{"email": ["a@b.example"]}`, `"Email" must be a string`},
		{`{"email": "any text"}`, `"Password" is required`},
		{`{"email": "a", "password": ""}`, `"Password" is not allowed to be empty`},
		{`{"email": "a", "password": 5}`, `"Password" must be a string`},
		{`{"email": "a", "password": "p", "token": ""}`, `"Token" is not allowed to be empty`},
		{`{"email": "a", "password": "p", "z": 1, "k": 1}`, `"k" is not allowed`},
		{`{"email": "a", "password": "p", "token": "t"}`, ""},
	})
}

// signUpBody returns a valid body with one member changed; "" removes it.
func signUpBody(key, value string) string {
	members := [][2]string{
		{"email", `"a@b.example"`}, {"password", `"1111"`}, {"firstName", `"A"`}, {"lastName", `"B"`},
		{"confirmation", `"1111"`}, {"tosAccepted", `"Y"`}, {"organization", `"Org"`},
	}
	var parts []string
	for _, m := range members {
		if m[0] == key {
			m[1], key = value, ""
		}
		if m[1] != "" {
			parts = append(parts, fmt.Sprintf("%q: %s", m[0], m[1]))
		}
	}
	if key != "" {
		parts = append(parts, fmt.Sprintf("%q: %s", key, value))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func TestRegistrationIsValidated(t *testing.T) {
	t.Parallel()
	checkWordings(t, registerSchema(), []wording{
		{signUpBody("email", ``), `"Email" is required`},
		{signUpBody("email", `"notmail"`), `"Email" must be a valid email`},
		{signUpBody("email", `"Ann <a@b.example>"`), `"Email" must be a valid email`},
		{signUpBody("password", ``), `"Password" is required`},
		{signUpBody("password", `"111"`), `"Password" length must be at least 4 characters long`},
		{signUpBody("firstName", ``), `"First Name" is required`},
		{signUpBody("firstName", `""`), `"First Name" is not allowed to be empty`},
		{signUpBody("lastName", `true`), `"Last Name" must be a string`},
		{signUpBody("confirmation", ``), `"Confirmation" is required`},
		{signUpBody("confirmation", `"11"`), `"Confirmation" length must be at least 4 characters long`},
		{signUpBody("confirmation", `"2222"`), `"Confirmation" must match password`},
		{signUpBody("tosAccepted", ``), `"Terms of Service" is required`},
		{signUpBody("tosAccepted", `true`), `"Terms of Service" must be accepted`},
		{signUpBody("tosAccepted", `false`), `"Terms of Service" must be accepted`},
		{signUpBody("tosAccepted", `"false"`), `"Terms of Service" must be accepted`},
		{signUpBody("tosAccepted", `"N"`), `"Terms of Service" must be a boolean`},
		{signUpBody("tosAccepted", `null`), `"Terms of Service" must be a boolean`},
		{signUpBody("organization", `""`), `"Organization" is not allowed to be empty`},
		{signUpBody("token", `""`), `"Token" is not allowed to be empty`},
		{signUpBody("id", `1`), `"id" is not allowed`},
		{signUpBody("organization", ``), ""}, // register requires one of the two
		{signUpBody("token", `"t"`), ""},
		{signUpBody("firstName", `"Ä"`), ""},
	})
}

func TestRegistrationFaultsAreReportedInTheOrderOfTheFields(t *testing.T) {
	t.Parallel()
	fields := []string{"email", "password", "firstName", "lastName", "confirmation", "tosAccepted"}
	given := map[string]string{
		"email": `"a@b.example"`, "password": `"1111"`, "firstName": `"A"`, "lastName": `"B"`, "confirmation": `"1111"`, "tosAccepted": `"Y"`,
	}
	labels := []string{"Email", "Password", "First Name", "Last Name", "Confirmation", "Terms of Service"}
	var parts []string
	for i, name := range fields {
		checkWordings(t, registerSchema(), []wording{{"{" + strings.Join(parts, ",") + "}", `"` + labels[i] + `" is required`}})
		parts = append(parts, fmt.Sprintf("%q: %s", name, given[name]))
	}
}

func TestUpdateOfSelfIsValidated(t *testing.T) {
	t.Parallel()
	checkWordings(t, updateSelfSchema(), []wording{
		{`{}`, `"Email" is required`},
		{`{"id": 1}`, `"Email" is required`},
		{`{"lastName": "", "email": 1}`, `"Lastname" is not allowed to be empty`},
		{`{"firstName": 7}`, `"Firstname" must be a string`},
		{`{"email": "a@b.example", "firstName": ""}`, ""},
		{`{"email": "notmail"}`, `"Email" must be a valid email`},
		{`{"email": "a@b.example", "password": "111"}`, `"password" length must be at least 4 characters long`},
		{`{"email": "a@b.example", "password": "1111"}`, ""}, // 422 of the route
		{`{"email": "a@b.example", "password": "1111", "confirmation": "2222"}`, `"Confirmation" must match password`},
		{`{"email": "a@b.example", "confirmation": "2222"}`, `"Confirmation" must match password`},
		{`{"email": "a@b.example", "id": 1}`, `"id" is not allowed`},
		{`{"email": "a@b.example", "isAdmin": true}`, `"isAdmin" is not allowed`},
	})
}

func TestListsOfUsersAreValidated(t *testing.T) {
	t.Parallel()
	many := "[" + strings.Repeat("1,", maxIDs) + "1]"
	checkWordings(t, usersSchema(), []wording{
		{`{}`, `"usersId" is required`},
		{`{"usersId": null}`, `"usersId" must be an array`},
		{`{"usersId": "4"}`, `"usersId" must be an array`},
		{`{"usersId": {"a": 1}}`, `"usersId" must be an array`},
		{`{"usersId": [[4]]}`, `"usersId" must be an array of ids`},
		{`{"usersId": [null]}`, `"usersId" must be an array of ids`},
		{`{"usersId": ` + many + `}`, `"usersId" must contain less than or equal to 1000 items`},
		{`{"usersId": [], "x": 1}`, `"x" is not allowed`},
		{`{"usersId": ["4", 6, "abc"]}`, ""},
	})
}

func TestIDsAreTheSameAsTextAndAsNumber(t *testing.T) {
	t.Parallel()
	got := parse(t, `{"usersId": ["4", 6, " 7 ", 4, 8.0, 1e1, "abc", "+5", "05", "5.0", 1.5, 99999999999999999999, 1e99]}`).userIDs("usersId")
	if diff := cmp.Diff([]model.UserID{4, 6, 7, 8, 10}, got); diff != "" {
		t.Error(diff)
	}
}

func TestInvitationsAreValidated(t *testing.T) {
	t.Parallel()
	checkWordings(t, inviteSchema(), []wording{
		{`{}`, `"Email" is required`},
		{`{"email": "bob"}`, `"Email" must be a valid email`},
		{`{"email": "a@b.example", "send": "perhaps"}`, `"send" must be a boolean`},
		{`{"email": "a@b.example", "send": 1}`, `"send" must be a boolean`},
		{`{"email": "a@b.example", "send": true}`, ""},
		{`{"email": "a@b.example", "send": "false"}`, ""},
		{`{"email": "a@b.example", "role": 1}`, `"role" is not allowed`},
	})
}

func TestFaultsOfTheDirectoryAreReportedInTheSameFormat(t *testing.T) {
	t.Parallel()
	for want, problem := range map[string]fault.Field{
		`"Email" must be a valid email`:                                         {Name: "email", Code: fault.Malformed},
		`"Password" length must be at least 12 characters long`:                 {Name: "password", Code: fault.TooShort, Limit: 12},
		`"First Name" length must be less than or equal to 255 characters long`: {Name: "given_name", Code: fault.TooLong, Limit: 255},
		`"Last Name" contains characters that are not allowed`:                  {Name: "family_name", Code: fault.Malformed},
		`"Organization" is not allowed to be empty`:                             {Name: "organization", Code: fault.Blank},
		`"username" length must be less than or equal to 255 characters long`:   {Name: "username", Code: fault.TooLong, Limit: 255},
	} {
		err := &fault.Error{Kind: fault.Invalid, Fields: []fault.Field{problem}}
		if got := registerSchema().mapError(err).Error(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
