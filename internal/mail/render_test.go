package mail

import (
	"strings"
	"testing"
	"time"
)

func data() Data {
	return Data{Site: "Roster", Organization: "Workshop", Name: "Ada", Inviter: "Grace Hopper", Address: "ada@example.org",
		NewAddress: "ada@example.net", Link: "https://roster.example/account/?token=abc&x=1", Kept: true, Expires: testTime}
}

func TestEveryKindHasItsSubjectAndOneLinkOnALine(t *testing.T) {
	t.Parallel()
	subjects := map[Kind]string{
		Verify: "[Roster] confirmation required", VerifyAddress: "[Roster] confirmation required", Recovery: "Password recovery", Reset: "Password reset",
		Invitation: "You are invited to “Workshop”", AddressChanged: "Your address at Roster was changed",
		AccountCreated: "Your account at Roster", AccountExists: "Your account at Roster",
		SecondFactor: "The second factor of your account at Roster was changed", AccountErased: "Your account at Roster was erased",
		SecurityNotice: "Your account at Roster has a new password",
	}
	for _, kind := range Kinds() {
		m, err := Render(kind, data())
		if err != nil {
			t.Fatal(err)
		}
		if m.Subject != subjects[kind] || m.To != "ada@example.org" || m.Link != data().Link {
			t.Errorf("%s: subject %q, to %q, link %q", kind, m.Subject, m.To, m.Link)
		}
		for _, want := range []string{"Hello “Ada”,\n\n", "\n\n" + data().Link + "\n\n", "\nRoster\n"} {
			if kind == AccountErased && strings.Contains(want, "://") {
				continue
			}
			if strings.Count(m.Text, want) != 1 {
				t.Errorf("%s: want %q once in\n%s", kind, want, m.Text)
			}
		}
		if strings.Count(m.Text, "://") != linksIn(kind) || strings.Contains(m.Text, "\n\n\n") {
			t.Errorf("%s: more than one link or empty line:\n%s", kind, m.Text)
		}
		if kind != AddressChanged && kind != SecondFactor && kind != SecurityNotice && kind != AccountErased && !strings.Contains(m.Text, "until 5 November 2026, 14:03 UTC.") {
			t.Errorf("%s does not say when it expires:\n%s", kind, m.Text)
		}
		if err := m.check(); err != nil {
			t.Errorf("%s cannot be sent: %v", kind, err)
		}
	}
}

// linksIn is the number of links in an email with a link.
func linksIn(kind Kind) int {
	if kind == AccountErased {
		return 0
	}
	return 1
}

func TestProductGivesItsOwnSubjects(t *testing.T) {
	t.Parallel()
	d := data()
	d.Product = "PM415"
	for kind, want := range map[Kind]string{Verify: "[PM415] confirmation required", Recovery: "Password recovery",
		Invitation: "Join PM415", Reset: "Password reset"} {
		if m, err := Render(kind, d); err != nil || m.Subject != want {
			t.Errorf("%s: subject %q, error %v, want %q", kind, m.Subject, err, want)
		}
	}
}

func TestEmailsAreReadableWithMinimalData(t *testing.T) {
	t.Parallel()
	for _, kind := range Kinds() {
		m, err := Render(kind, Data{Address: "ada@example.org", Link: "http://localhost:8080/x"})
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"  ", " .", " ,", "0001", "<no value>", "\n\n\n", "until"} {
			if strings.Contains(m.Text, bad) {
				t.Errorf("%s holds %q:\n%s", kind, bad, m.Text)
			}
		}
		if !strings.HasPrefix(m.Text, "Hello,\n") {
			t.Errorf("%s greets strangely:\n%s", kind, m.Text)
		}
	}
}

// A user without a name and a username is labelled with the address.
func TestEmailToAUserWithoutANameGreetsWithoutOne(t *testing.T) {
	t.Parallel()
	m, err := Render(Verify, Data{Address: "ada@example.org", Link: "https://roster.example/x"})
	if err != nil || !strings.HasPrefix(m.Text, "Hello,\n") || !strings.Contains(m.HTML, "<p>Hello,</p>") {
		t.Errorf("%v\n%s", err, m.Text)
	}
}

func TestOnlySomeKindsMayHaveNoLink(t *testing.T) {
	t.Parallel()
	for _, kind := range Kinds() {
		m, err := Render(kind, Data{Address: "ada@example.org", NewAddress: "ada@example.net"})
		notice := kind == AddressChanged || kind == AccountCreated || kind == SecondFactor || kind == SecurityNotice || kind == AccountErased
		if notice != (err == nil) {
			t.Errorf("%s: got %v", kind, err)
		}
		if notice && strings.Contains(m.Text, "\n\n\n") {
			t.Errorf("%s has a hole:\n%s", kind, m.Text)
		}
	}
}

// Another person may read emails to the previous address.
func TestEmailToThePreviousAddressMasksTheNewOne(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"ada.lovelace@example.net": "a***@example.net", "ü@example.net": "ü***@example.net",
		"no address": "", `"a@evil.example b"@example.net`: "", "": "",
	} {
		m, err := Render(AddressChanged, Data{Address: "ada@example.org", NewAddress: given})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(m.Text, "lovelace") || strings.Contains(m.Text, "The new address is "+want+".") != (want != "") {
			t.Errorf("%q: %s", given, m.Text)
		}
	}
}

func TestEmailToThePreviousAddressHasARevertLinkIfTheAddressIsKept(t *testing.T) {
	t.Parallel()
	for _, kept := range []bool{true, false} {
		for _, link := range []string{"", "https://roster.example/account"} {
			m, err := Render(AddressChanged, Data{Address: "ada@example.org", NewAddress: "ada@example.net", Kept: kept, Link: link})
			if err != nil {
				t.Fatal(err)
			}
			revertible := kept && link != ""
			if strings.Contains(m.Text, "to revert it") != revertible || strings.Contains(m.Text, "contact your administrator") == revertible {
				t.Errorf("kept %v:\n%s", kept, m.Text)
			}
			if strings.Contains(m.Text, "\n\n\n") || !strings.HasSuffix(m.Text, "\n\nRoster\n") {
				t.Errorf("blank lines are wrong:\n%s", m.Text)
			}
		}
	}
}

func TestInvalidLinksAreRejectedWithoutShowingThem(t *testing.T) {
	t.Parallel()
	for _, link := range []string{"/s3cret", "javascript:s3cret", "https://", "https://x.example/s3cret y", "https://x.example/\ns3cret"} {
		d := data()
		d.Link = link
		if _, err := Render(Recovery, d); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: got %v", link, err)
		}
	}
	if _, err := Render("farewell", data()); err == nil {
		t.Error("an unknown kind was composed")
	}
	if _, err := Render(Recovery, Data{Link: "https://x.example/"}); err == nil {
		t.Error("an email without a recipient was rendered")
	}
}

func TestNamesCannotContainLinks(t *testing.T) {
	t.Parallel()
	d := data()
	d.Name = "Win at https://evil.example/now\nBcc: x"
	d.Inviter = "www.evil.example \u202eok " + strings.Repeat("a", 500)
	d.Organization = "evil.example\r\nBcc: eve@example.org"
	d.Change, d.Item = "ssh_key_added", "ada@evil.example\nBcc: x"
	d.NewAddress = "look at evil.example"
	d.Expires = time.Time{}
	for _, kind := range Kinds() {
		m, err := Render(kind, d)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.check(); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if strings.Contains(m.Text+m.HTML, "evil.example") || strings.Count(m.Text, "://") != linksIn(kind) || strings.ContainsRune(m.Text, 0x202e) {
			t.Errorf("%s carries the advert:\n%s", kind, m.Text)
		}
		for _, line := range strings.Split(m.Text, "\n") {
			if strings.HasPrefix(line, "Bcc") || len(line) > 300 {
				t.Errorf("%s: line %q", kind, line)
			}
		}
	}
}

func TestDotsInNamesStayReadable(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"J.R.R. Tolkien": "J. R. R. Tolkien", "Dr. Ann O'Neil": "Dr. Ann O'Neil", "Jürgen": "Jürgen", "  A\t B ": "A B"} {
		if got := removeLinks(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// Mail programs interpret other characters as the dot of a domain, too.
func TestEachDotInANameIsFollowedByASpace(t *testing.T) {
	t.Parallel()
	for _, dot := range []string{".", "\u2024", "\u3002", "\uFE52", "\uFF0E", "\uFF61"} {
		for in, want := range map[string]string{
			"evil" + dot + "example":               "evil" + dot + " example",
			"www" + dot + "evil" + dot + "example": "www" + dot + " evil" + dot + " example",
			"https://evil" + dot + "example/x":     "evil" + dot + " example x",
			"evil" + dot + dot + "example":         "evil" + dot + " " + dot + "example",
			"Ada" + dot:                            "Ada" + dot,
		} {
			if got := removeLinks(in); got != want {
				t.Errorf("%q: got %q, want %q", in, got, want)
			}
		}
	}
}

// Emails quote text of users, and explain that once, in text and HTML.
func TestTextOfUsersIsInQuotationMarks(t *testing.T) {
	t.Parallel()
	const mark = "Text in quotation marks was chosen by users and is not checked by this server."
	for _, kind := range Kinds() {
		for name, want := range map[string]string{
			"Ada": "“Ada”", `Roster" says pay`: "“Roster' says pay”", "“Support”": "“'Support'”", "O’Neil": "“O’Neil”", "«x» „y“": "“'x' 'y'”",
		} {
			m, err := Render(kind, Data{Address: "ada@example.org", Link: "https://roster.example/x", Name: name})
			if err != nil || !strings.HasPrefix(m.Text, "Hello "+want+",\n") || strings.Count(m.Text, mark) != 1 || strings.Count(m.HTML, mark) != 1 {
				t.Errorf("%s of %s: %v\n%s", kind, name, err, m.Text)
			}
		}
		m, err := Render(kind, Data{Address: "ada@example.org", Link: "https://roster.example/x"})
		if err != nil || strings.Contains(m.Text+m.HTML, mark) {
			t.Errorf("%s without such text: %v\n%s", kind, err, m.Text)
		}
	}
	m, err := Render(Invitation, Data{Address: "ada@example.org", Link: "https://roster.example/x", Inviter: "Eve", Organization: "Your bank"})
	if err != nil || m.Subject != "You are invited to “Your bank”" || !strings.Contains(m.Text, "“Eve” invites you to join “Your bank” at Roster.") || !strings.Contains(m.Text, mark) {
		t.Errorf("an invitation: %v %s\n%s", err, m.Subject, m.Text)
	}
}
