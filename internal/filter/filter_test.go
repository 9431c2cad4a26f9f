package filter_test

import (
	"strings"
	"testing"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/filter"
)

func mustParse(t *testing.T, text string) *filter.Condition {
	t.Helper()
	c, err := filter.Parse(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return c
}

func wantInvalid(t *testing.T, err error) {
	t.Helper()
	if fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v, want an error of kind invalid", err)
	}
}

func TestSyntaxErrorNamesThePosition(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		``:                                "character 1: expected a field",
		`nick eq "a"`:                     "character 1: expected a field",
		`username`:                        "username takes eq, ne, co, sw, ew, pr",
		`username is "a"`:                 "character 10: username takes",
		`username eq a`:                   "character 13: expected a value",
		`username eq "a`:                  "does not end",
		`username eq "\x41"`:              "an escape that JSON does not know",
		`username eq 1`:                   "username is compared with text",
		`id eq "1"`:                       "id is compared with a number",
		`admin gt true`:                   "admin takes eq, ne",
		`state eq "asleep"`:               `state is compared with "active"`,
		`second_factor eq "sms"`:          `second_factor is compared with "totp" or "passkey"`,
		`project_id eq "1"`:               "project_id is compared with a number",
		`ssh_key_type co "rsa"`:           "ssh_key_type takes eq, ne, pr",
		`created_at gt "yesterday"`:       "created_at is compared with a time",
		`username eq "a" username eq "b"`: `character 17: expected "and"`,
		`(username eq "a"`:                "expected )",
		`username eq "a")`:                `expected "and", "or" or the end`,
		`not username eq "a"`:             "expected ( after not",
		`username eq "a" and`:             "expected a field",
		strings.Repeat("(", 40):           "nested too deep",
		`company co "a"`:                  "company takes eq, ne, pr",
		"username eq \"a\x00\"":           "not valid UTF-8",
		`username eq "a" or id eq 99999999999999999999`: "expected a value",
	} {
		_, err := filter.Parse(text)
		wantInvalid(t, err)
		if err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q in it", text, err, want)
		}
	}
	for _, long := range []string{strings.Repeat("a", 2001), strings.Repeat(`id eq 1 or `, 32) + `id eq 1`} {
		_, err := filter.Parse(long)
		wantInvalid(t, err)
	}
}

// A member must not be able to make the store read all users many times.
func TestComparisonsInAFilterAreLimited(t *testing.T) {
	t.Parallel()
	most := `email co "a" or username sw "b" or name ew "c" or not (email CO "d")`
	mustParse(t, most)
	mustParse(t, strings.Repeat(`id eq 1 or `, 28)+most)
	for _, op := range []string{"co", "sw", "ew"} {
		_, err := filter.Parse(most + ` or email ` + op + ` "e"`)
		wantInvalid(t, err)
		if err != nil && !strings.Contains(err.Error(), "more than 4 comparisons by co, sw or ew") {
			t.Errorf("%s: got %v", op, err)
		}
	}
}

func TestFilterReadsWordsInAnyCaseAndJSONsEscapes(t *testing.T) {
	t.Parallel()
	c := mustParse(t, ` NOT ( UserName EQ "\u00C4da\ud83d\ude42\/\"" )`)
	if c.Op != filter.Not || c.Left.Field != filter.FieldUsername || c.Left.Value != "äda🙂/\"" {
		t.Errorf("got %+v", c.Left)
	}
}

func TestStateIsComparedInAnyCase(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`state eq "active"`, `state eq "Active"`, `STATE EQ "ACTIVE"`} {
		if state, rest := mustParse(t, text).OnlyState(); state != "active" || rest != nil {
			t.Errorf("%s: got %q and %+v", text, state, rest)
		}
	}
}

func TestNarrowComparisonMustBeMet(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]filter.Field{
		`project_id eq 1`:                              filter.FieldProject,
		`id gt 1 and (admin eq true and name pr)`:      filter.FieldAdmin,
		`second_factor pr and state eq "active"`:       filter.FieldFactor,
		`ssh_key_type eq "ssh-rsa"`:                    filter.FieldKeyType,
		`state eq "blocked"`:                           filter.FieldState,
		`organization_id eq 3 and not (name sw "a")`:   filter.FieldOrganization,
		`state eq "active"`:                            "",
		`admin eq false`:                               "",
		`project_id ne 1`:                              "",
		`project_id eq 1 or project_id eq 2`:           "",
		`not (second_factor pr)`:                       "",
		`created_at pr and (name pr or admin eq true)`: "",
	} {
		got := filter.Field("")
		if narrow := mustParse(t, text).Narrow(); narrow != nil {
			got = narrow.Field
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestAndBindsTighterThanOr(t *testing.T) {
	t.Parallel()
	c := mustParse(t, `id eq 1 or id eq 2 and admin eq true`)
	if c.Op != filter.Or || c.Right.Op != filter.And {
		t.Errorf("got %s of %s", c.Op, c.Right.Op)
	}
}

// FuzzParse looks for filters that panic, and for trees beyond the limits.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`username eq "a"`, `not (id gt 1 or email co "\u00e4")`, `((`, `a"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := filter.Parse(text)
		if (c == nil) == (err == nil) {
			t.Fatalf("%q: got %v and %v", text, c, err)
		}
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("%q: got %v", text, err)
		}
	})
}

func TestFieldsArePrivateUnlessDeclaredPublic(t *testing.T) {
	t.Parallel()
	if undeclared := (&filter.Condition{Op: filter.Present, Field: "new_field"}); !undeclared.HasPrivateField() {
		t.Error("a field without a declaration is public")
	}
	private := map[string]bool{}
	for _, field := range filter.PrivateFields() {
		private[string(field)] = true
	}
	for query, want := range map[string]bool{
		`id eq 1 and username sw "a" or not (email pr)`: false, `state eq "active" and admin eq true and service eq false`: false,
		`has_password eq true`: true, `id eq 1 and not (second_factor pr)`: true, `ssh_key_type pr or id eq 1`: true, `last_activity_at pr`: true,
	} {
		if got := mustParse(t, query).HasPrivateField(); got != want {
			t.Errorf("%s has a private field: %v, want %v", query, got, want)
		}
	}
	for _, field := range []string{"has_password", "last_activity_at", "second_factor", "ssh_key_type"} {
		if !private[field] {
			t.Errorf("%s is not listed as private", field)
		}
	}
}
