package userfile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/userfile"
)

// read returns all lines of a text. Reading it byte by byte must give the same lines.
func read(t testing.TB, text string, format userfile.Format) []importer.Line {
	t.Helper()
	var ways [2][]importer.Line
	for i, from := range []io.Reader{strings.NewReader(text), iotest.OneByteReader(strings.NewReader(text))} {
		for l, err := range userfile.Read(from, format) {
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			ways[i] = append(ways[i], l)
		}
	}
	if diff := cmp.Diff(ways[0], ways[1], cmp.Comparer(equalErrors)); diff != "" {
		t.Errorf("byte by byte it reads otherwise (-whole +bytes):\n%s", diff)
	}
	return ways[0]
}

func equalErrors(a, b error) bool { return fmt.Sprint(a) == fmt.Sprint(b) }

// faults returns the errors as "line field code".
func faults(lines []importer.Line) []string {
	var all []string
	for _, l := range lines {
		said, _ := errors.AsType[*fault.Error](l.Err)
		if said == nil {
			continue
		}
		for _, f := range said.Fields {
			all = append(all, fmt.Sprintf("%d %s %s", l.Number, f.Name, f.Code))
		}
	}
	return all
}

func full() importer.Entry {
	return importer.Entry{
		Username: "grace", Names: model.Names{Name: "Grace Hopper", GivenName: "Grace", FamilyName: "Hopper"},
		Emails:      []importer.EntryEmail{{Address: "g@example.org", Verified: true}, {Address: "h@example.org"}},
		State:       model.Blocked,
		Admin:       true,
		Service:     true,
		Deactivated: true,
		Profile:     model.Profile{Bio: "one, \"two\"\nthree", WebsiteURL: "https://example.org", TimeZone: "London"},
		Limits:      model.Limits{ThemeID: 1, ColorSchemeID: 2, ProjectsLimit: 3},
		Identities:  []model.Identity{{Provider: "ldap", ExternalUID: "cn=grace,dc=example"}},
		Memberships: []importer.EntryMembership{{Organization: "home", Role: "Member"}, {Organization: "acme", Role: "King"}},
		Keys: []model.NewKey{
			{Title: "laptop", Key: "ssh-ed25519 AAAA laptop", Usage: model.AuthOnly},
			{Title: "ci", Key: "ssh-rsa AAAA", ExpiresAt: time.Date(2027, 1, 2, 3, 4, 5, 678000, time.UTC)},
		},
		PasswordHash: "$2a$04$x",
	}
}

func TestWrittenUsersAreReadBack(t *testing.T) {
	t.Parallel()
	for _, format := range []userfile.Format{userfile.CSV, userfile.JSONL} {
		lines := read(t, written(t, format, full(), importer.Entry{Username: "bare", Limits: model.DefaultLimits()}), format)
		if len(lines) != 2 || len(faults(lines)) > 0 {
			t.Fatalf("%s: got %d lines and %v", format, len(lines), faults(lines))
		}
		if diff := cmp.Diff(full(), lines[0].Entry, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
		if got := lines[1].Entry; got.Username != "bare" || got.Limits != model.DefaultLimits() || len(got.Emails)+len(got.Keys) > 0 {
			t.Errorf("%s: got %+v", format, got)
		}
	}
}

func written(t testing.TB, format userfile.Format, entries ...importer.Entry) string {
	t.Helper()
	var out bytes.Buffer
	w, err := userfile.NewWriter(&out, format, true)
	for _, e := range entries {
		err = errors.Join(err, w.Write(e))
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestAnyTextSurvivesTheRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("'=+-@\uff1d;\t\r\n\",x é\U0001F600")), 0, 8, -1)
		e := importer.Entry{Username: "x" + text.Draw(r, "username"), Names: model.Names{Name: text.Draw(r, "name")}, Limits: model.DefaultLimits()}
		e.Bio = text.Draw(r, "bio")
		for _, format := range []userfile.Format{userfile.CSV, userfile.JSONL} {
			lines := read(t, written(t, format, e), format)
			if len(lines) != 1 || lines[0].Err != nil || !cmp.Equal(lines[0].Entry, e, cmpopts.EquateEmpty()) {
				r.Fatalf("%s: wrote %q\nread %+v", format, written(t, format, e), lines)
			}
		}
	})
}

func TestNoCellOfAnExportIsAFormula(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "'=1", "''=1", "\uff1d1"} {
		out := written(t, userfile.CSV, importer.Entry{Names: model.Names{Name: text}})
		if !strings.Contains(out, "'"+text) {
			t.Errorf("%q stands there as it is: %s", text, out)
		}
	}
	if out := written(t, userfile.CSV, importer.Entry{Names: model.Names{Name: "x;=1"}}); !strings.Contains(out, "x;'=1") {
		t.Errorf("a formula follows the semicolon: %s", out)
	}
	if out := written(t, userfile.CSV, importer.Entry{Names: model.Names{Name: "'quoted'"}}); !strings.Contains(out, ",'quoted',") {
		t.Errorf("an apostrophe that harms nobody was doubled: %s", out)
	}
}

func TestMalformedLinesHaveFaults(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", userfile.MaxLine)
	for _, c := range []struct {
		name, text string
		format     userfile.Format
		usernames  []string
		faults     []string
	}{
		{"byte order mark, blank lines, CRLF", "\uFEFFusername,email\r\n\r\nada,\r\n  \r\n\r\neve,x", userfile.CSV, []string{"ada", "eve"}, nil},
		{"rows of empty cells", ",,\nusername,email\n,\nada,\n,,,\n \"\" ,\n\"\",\"\"\n\" \", \neve,\n,", userfile.CSV, []string{"ada", "eve"}, []string{"6 line malformed"}},
		{"rows of commas and quotes that are not empty", "username,email\n\"\"\"\",\n\",\",\n", userfile.CSV, []string{"\"", ","}, nil},
		{"columns of other number", "username,email\nada\neve,,\nodo,\n", userfile.CSV, []string{"odo"}, []string{"2 line mismatch", "3 line mismatch"}},
		{"a quote inside", "username,email\na\"d\"a,\nodo,\"x\"y\neve,\n", userfile.CSV, []string{"eve"}, []string{"2 line malformed", "3 line malformed"}},
		{"line breaks in quotes", "username,bio\nada,\"1\n2\n\"\nodo,\"\n", userfile.CSV, []string{"ada"}, []string{"5 line malformed"}},
		{"a quote that does not end", "username,bio\nada,\"oops\neve,\nodo,\n", userfile.CSV, []string{"eve", "odo"}, []string{"2 line malformed"}},
		{"a quote that does not end for long", "username,bio\nada,\"oops\neve,\n" + strings.Repeat("a,\n", 40_000), userfile.CSV,
			append([]string{"eve"}, slices.Repeat([]string{"a"}, 40_000)...), []string{"2 line malformed"}},
		{"a giant line", "username\n" + long + "y\nada\n", userfile.CSV, []string{"ada"}, []string{"2 line too_long"}},
		{"a line of just the limit", "username\n" + long + "\nada\n", userfile.CSV, []string{long, "ada"}, nil},
		{"a giant end", "{\"username\":\"ada\"}\n" + long + long + long, userfile.JSONL, []string{"ada"}, []string{"2 line too_long"}},
		{"half of a surrogate pair", `{"username":"a\ud800"}` + "\n" + `{"\ude00":"a"}` + "\n" + `{"username":"a","name":"\ude00\ud83d"}` + "\n" + `{"username":"ada","name":"\ud83d\ude00 \\ud800"}`,
			userfile.JSONL, []string{"ada"}, []string{"1 line malformed", "2 line malformed", "3 line malformed"}},
		{"broken UTF-8", "username\na\xffb\nada\n", userfile.CSV, []string{"ada"}, []string{"2 line malformed"}},
		{"wrong values", "username,admin,projects_limit,ssh_key_expires_at\nada,maybe,many,soon\n", userfile.CSV, nil,
			[]string{"2 ssh_key_expires_at mismatch", "2 admin malformed", "2 projects_limit malformed"}},
		{"numbers in any notation", "username,projects_limit\nada,2.0\neve,1E+02\nodo,2.5\nbob,1e99\n", userfile.CSV, []string{"ada", "eve"},
			[]string{"4 projects_limit malformed", "5 projects_limit malformed"}},
		{"numbers out of range and in other forms", "username,projects_limit\nada,-1e30\neve,99999999999999999999\nodo,+5\nbob,007\n", userfile.CSV, nil,
			[]string{"2 projects_limit malformed", "3 projects_limit malformed", "4 projects_limit malformed", "5 projects_limit malformed"}},
		{"JSON numbers in any notation", `{"username":"ada","projects_limit":2.0}` + "\n" + `{"username":2.0,"projects_limit":1e2}` + "\n" + `{"projects_limit":2.5}`,
			userfile.JSONL, []string{"ada", "2.0"}, []string{"3 projects_limit malformed"}},
		{"what is no object", "[]\n\"x\"\n{}x\n{\"username\":\"ada\"}{}\n{\"username\":\n", userfile.JSONL, nil,
			[]string{"1 line malformed", "2 line malformed", "3 line malformed", "4 line malformed", "5 line malformed"}},
		{"members", `{"Username":"ada"}` + "\n" + `{"username":"a","username":"b"}` + "\n" + `{"username":{"a":1}}` + "\n" + `{"username":null,"email":[["x"]]}`,
			userfile.JSONL, []string{"ada"}, []string{"2 username too_many", "3 username malformed", "4 email malformed"}},
		{"members in any case", `{"USERNAME":"ada","Admin":true," Bio ":"x"}` + "\n" + `{"username":"a","Username":"b","USERNAME":"c"}` + "\n" +
			`{"username":"eve","Colour":1,"Colour":2}` + "\n" + `{"user name":"odo"}`,
			userfile.JSONL, []string{"ada"}, []string{"2 username too_many", "3 Colour unknown", "3 colour too_many", "4 user name unknown"}},
		{"lines that end with CR", "username,bio\rada,x\r\reve,\"1\r2\"\rodo,", userfile.CSV, []string{"ada", "eve", "odo"}, nil},
		{"one line that ends with CR", "username\r", userfile.CSV, nil, nil},
		{"CR at first, other ends later", "\uFEFFusername\rada\r\neve\nodo\r\n\r\nb\"b", userfile.CSV, []string{"ada", "eve", "odo"}, []string{"6 line malformed"}},
		{"LF at first, CR inside", "username,bio\nada,x\ry\n", userfile.CSV, []string{"ada"}, nil},
		{"two CR before LF", "username\r\r\nada\n", userfile.CSV, []string{"ada"}, nil},
		{"a giant line that ends with CR", "username\r" + long + "y\rada\r", userfile.CSV, []string{"ada"}, []string{"2 line too_long"}},
		{"objects that end with CR", "{\"username\":\"ada\"}\r{\"username\":\"eve\"}\rx\r", userfile.JSONL, []string{"ada", "eve"}, []string{"3 line malformed"}},
		{"NUL in a line", "username,email\nada,\nzoe\x00,zoe@x.example\n\x00\x00\neve,\n", userfile.CSV, []string{"ada", "eve"}, []string{"3 line malformed", "4 line malformed"}},
		{"NUL in a line of JSON", "{\"username\":\"a\x00b\"}\n{\"username\":\"ada\"}\n\x00\n", userfile.JSONL, []string{"ada"}, []string{"1 line malformed", "3 line malformed"}},
		{"blanks around fixed words", "username,admin,state,projects_limit,ssh_key,ssh_key_usage,ssh_key_expires_at\nada, true ,\tblocked , 2 ,k, signing , 2026-05-01 \neve, Yes\u00a0,ACTIVE , 1E+02,k,\u00a0auth, 2026-05-01T12:00:00Z\n",
			userfile.CSV, []string{"ada", "eve"}, nil},
		{"a CR between members", "{\"username\":\"ada\"}\n{\"username\":\r\"eve\"}\n", userfile.JSONL, []string{"ada", "eve"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			lines := read(t, c.text, c.format)
			var usernames []string
			for _, l := range lines {
				if l.Err == nil {
					usernames = append(usernames, l.Entry.Username)
				}
			}
			if !slices.Equal(usernames, c.usernames) {
				t.Errorf("read %.200q, want %.200q", usernames, c.usernames)
			}
			got, want := faults(lines), c.faults
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRepeatedMemberIsReported(t *testing.T) {
	t.Parallel()
	lines := read(t, `{"username":"a","Username":"b"}`, userfile.JSONL)
	if got := fmt.Sprint(lines[0].Err); !strings.Contains(got, "username cannot be used: the line has it more than once") {
		t.Errorf("got %s", got)
	}
}

func TestExcerptHasNoPasswordHash(t *testing.T) {
	t.Parallel()
	for text, format := range map[string]userfile.Format{
		`{"password_hash":"$2a$secret","colour":1}`:           userfile.JSONL,
		`{"PASSWORD_HASH":"$2a$secret","colour":1}`:           userfile.JSONL,
		`{"p\u0061ssword\u005Fhash":"$2a$secret","colour":1}`: userfile.JSONL,
		`{"\u0050assword_hash":"$2a$secret"`:                  userfile.JSONL,
		"username,Password_Hash,bio\nada,$2a$secret":          userfile.CSV,
		"username,Password_Hash\rada,$2a$secret,":             userfile.CSV,
	} {
		lines := read(t, text, format)
		if len(lines) != 1 || lines[0].Err == nil || strings.Contains(lines[0].Excerpt, "secret") {
			t.Errorf("%s: got %+v", text, lines)
		}
	}
	lines := read(t, `{"name":"Jos\u00e9 \u0041","colour":1}`, userfile.JSONL)
	if lines[0].Excerpt == "" {
		t.Error("a line without a password hash has no excerpt")
	}
}

func TestLineHasItsSize(t *testing.T) {
	t.Parallel()
	lines := read(t, "username,name\r\nada,\"a\nb\"\r\n\nbad\n", userfile.CSV)
	if len(lines) != 2 || lines[0].Size != len("ada,\"a\nb\"") || lines[1].Size != len("bad") {
		t.Errorf("got %+v", lines)
	}
}

func TestInvalidHeaderEndsReading(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           "the file is empty; the first line must name the columns",
		"username,colour\nada,red\n": `the column "colour" is not known; the columns are username, email, `,
		"username,Password\nada,x\n": `the column "password" is not accepted: a file must not hold plain passwords; import hashes in the column password_hash, or`,
		"email,email\n":              `the column "email" is repeated`,
		"\"username\n":               "the first line does not name columns",
	} {
		for _, err := range userfile.Read(strings.NewReader(text), userfile.CSV) {
			if err == nil || fault.KindOf(err) != fault.Invalid || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%q: got %v, want %s", text, err, want)
			}
		}
	}
}

// The error for a file that is not UTF-8 text names its format.
func TestFilesThatAreNotTextAreRejected(t *testing.T) {
	t.Parallel()
	wide := func(text string, before, after string) string {
		var out strings.Builder
		for _, c := range []byte(text) {
			out.WriteString(before + string([]byte{c}) + after)
		}
		return out.String()
	}
	header := "username,email\nada,a@x.example\n"
	for _, c := range []struct{ name, text, want string }{
		{"a spreadsheet", "PK\x03\x04\x14\x00\x06\x00\b\x00\x00\x00!\x00\xa0\xffx[Content_Types].xml\n", "this is not a text file but a zip file, such as a spreadsheet"},
		{"a short zip file", "PK\x03\x04", "this is not a text file but a zip file"},
		{"an empty zip file", "PK\x05\x06" + strings.Repeat("\x00", 18), "this is not a text file but a zip file"},
		{"a zip file with CR", "PK\x03\x04\r\x00\r\n\x00", "this is not a text file but a zip file"},
		{"an old spreadsheet", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\x00\x00", "this is not a text file but a file of an old spreadsheet"},
		{"gzip", "\x1f\x8b\b\x00\x00\x00\x00\x00\x00\x03x", "this is not a text file but a gzip file"},
		{"gzip of two bytes", "\x1f\x8b", "this is not a text file but a gzip file"},
		{"xz", "\xFD7zXZ\x00\x00", "this is not a text file but an xz file"},
		{"PDF", "%PDF-1.7\n", "this is not a text file but a PDF file"},
		{"a database", "SQLite format 3\x00\x10\x00", "this is not a text file but a SQLite database"},
		{"an image", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ""},
		{"another binary file", "\x7fELF\x02\x01\x01\x00\x00\xff\xfe\x00", "this is not a text file; import"},
		{"UTF-16 with a mark", "\xff\xfe" + wide(header, "", "\x00"), "the file is UTF-16 and"},
		{"UTF-16BE with a mark", "\xfe\xff" + wide(header, "\x00", ""), "the file is UTF-16 and"},
		{"UTF-16", wide(header, "", "\x00"), "the file is UTF-16 and"},
		{"UTF-16 with other letters", wide("username,\xe9mail", "", "\x00") + "\xe9\x00\x17\x04" + wide(header, "", "\x00"), "the file is UTF-16 and"},
		{"UTF-16BE", wide(header, "\x00", ""), "the file is UTF-16 and"},
		{"UTF-16 with CRLF", wide("username,email\r\n", "", "\x00"), "the file is UTF-16 and"},
		{"UTF-16 of one object", wide("{}", "\x00", ""), "the file is UTF-16 and"},
		{"UTF-32", wide(header, "", "\x00\x00\x00"), "the file is UTF-32 and"},
		{"UTF-32BE", wide(header, "\x00\x00\x00", ""), "the file is UTF-32 and"},
		{"UTF-32 with a mark", "\xff\xfe\x00\x00" + wide(header, "", "\x00\x00\x00"), "the file is UTF-32 and"},
	} {
		for _, format := range []userfile.Format{userfile.CSV, userfile.JSONL} {
			for _, from := range []io.Reader{strings.NewReader(c.text), iotest.OneByteReader(strings.NewReader(c.text))} {
				for l, err := range userfile.Read(from, format) {
					if c.want == "" && (err != nil || l.Err != nil) {
						break
					}
					if err == nil || !strings.HasPrefix(err.Error(), c.want) {
						t.Errorf("%s as %s: %v, %v, expected %s", c.name, format, l.Err, err, c.want)
					}
					break
				}
			}
		}
	}
}

func TestNULInTheHeaderIsRejected(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"user\x00name,email\n", "username,email\x00\nada,\n", "\x00\nada\n", "username,\x00,\x00\n", "\uFEFF\x00username\n"} {
		for _, err := range userfile.Read(strings.NewReader(text), userfile.CSV) {
			if err == nil || !strings.HasPrefix(err.Error(), "the first line contains a NUL character") {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
}

func TestNamesFromListsHaveNoBlanksAround(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]importer.EntryMembership{
		"username,organization,role\nq6,, member \n":                            {{Role: "member"}},
		"username,organization,role\nq6,home,\u00a0Web lead\t\n":                {{Organization: "home", Role: "Web lead"}},
		"username,organization,role\nq6,\" home\n acme \",\"Admin \n guest\"\n": {{Organization: "home", Role: "Admin"}, {Organization: "acme", Role: "guest"}},
		"username,role,organization\nq6, member , home\n":                       {{Organization: "home", Role: "member"}},
		"username,organization,role\nq6, , \n":                                  {{Organization: " ", Role: " "}}, // the directory rejects these
	} {
		lines := read(t, text, userfile.CSV)
		if len(lines) != 1 || lines[0].Err != nil || !slices.Equal(lines[0].Entry.Memberships, want) {
			t.Errorf("%q: %+v", text, lines)
		}
	}
	lines := read(t, `{"username":"q6","organization":[" home "],"role":[" member"]}`, userfile.JSONL)
	if want := []importer.EntryMembership{{Organization: "home", Role: "member"}}; len(lines) != 1 || !slices.Equal(lines[0].Entry.Memberships, want) {
		t.Errorf("%+v", lines)
	}
}

func TestInterruptedStreamReturnsItsError(t *testing.T) {
	t.Parallel()
	broken := io.MultiReader(strings.NewReader("username\nada\ngra"), iotest.ErrReader(io.ErrUnexpectedEOF))
	var got []string
	var last error
	for l, err := range userfile.Read(broken, userfile.CSV) {
		got, last = append(got, l.Entry.Username), err
	}
	if !slices.Equal(got, []string{"ada", ""}) || !errors.Is(last, io.ErrUnexpectedEOF) {
		t.Errorf("got %q and %v", got, last)
	}
}

func TestEveryColumnIsDocumented(t *testing.T) {
	t.Parallel()
	page := columnDocs(t)
	for _, name := range userfile.Columns() {
		if !strings.Contains(page, "`"+name+"`") {
			t.Errorf("docs/import.md does not explain %s", name)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for _, format := range []userfile.Format{userfile.CSV, userfile.JSONL} {
		text := written(b, format, slices.Repeat([]importer.Entry{full()}, 1000)...)
		b.Run(string(format), func(b *testing.B) {
			b.SetBytes(int64(len(text) / 1000))
			for n := 0; n < b.N; {
				for _, err := range userfile.Read(strings.NewReader(text), format) {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add("username,bio\nada,\"x\ny\"\n")
	f.Add(`{"username":"ada","email":["a","b"]}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, format := range []userfile.Format{userfile.CSV, userfile.JSONL} {
			last := int64(0)
			for l, err := range userfile.Read(iotest.HalfReader(strings.NewReader(text)), format) {
				if err != nil {
					break
				}
				if l.Number <= last {
					t.Fatalf("line %d after %d", l.Number, last)
				}
				last = l.Number
			}
		}
	})
}
