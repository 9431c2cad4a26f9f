package userfile

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"roster.example/roster/internal/decimal"
	"roster.example/roster/internal/fault"
	"roster.example/roster/internal/importer"
	"roster.example/roster/internal/model"
	"roster.example/roster/internal/secret"
)

// splitLines returns the values of a cell with one value per line.
func splitLines(cell string) []string {
	cell = strings.TrimRight(cell, "\r\n")
	if cell == "" {
		return nil
	}
	values := strings.Split(cell, "\n")
	for i := range values {
		values[i] = strings.TrimSuffix(values[i], "\r")
	}
	return values
}

// column is a column of a file.
type column struct {
	name string
	kind kind
	// read stores the cell in the entry. It is called for non-empty cells, in the order of the
	// columns.
	read func(r *entryParser, cell string)
	// write is the inverse.
	write func(e importer.Entry) string
}

// lower normalizes a word of a fixed list.
func lower(cell string) string { return strings.ToLower(strings.TrimSpace(cell)) }

// word returns a cell with a name from a list, such as that of a role, without the white space around
// it. A cell of white space only stays, so that it is not taken for an empty one.
func word(cell string) string {
	if trimmed := strings.TrimSpace(cell); trimmed != "" {
		return trimmed
	}
	return cell
}

// kind is the JSON type of a cell.
type kind byte

const (
	text kind = iota
	flag
	number
	list // one value on each line
)

// entryParser parses the cells of an entry and collects the faults.
type entryParser struct {
	entry  importer.Entry
	faults []fault.Field
}

func (r *entryParser) fault(column string, code fault.Code, detail string) {
	r.faults = append(r.faults, fault.Field{Name: column, Code: code, Detail: detail})
}

// columns returns all columns in the order of an export. A parallel column, such as email_verified,
// follows the column of its list.
func columns() []column {
	return slices.Concat(identityColumns(), belongingColumns(), keyColumns(), profileColumns(), limitColumns(), []column{
		textColumn("password_hash", func(e *importer.Entry) *secret.Text { return &e.PasswordHash }),
	})
}

// PasswordColumn is omitted from exports by default.
const PasswordColumn = "password_hash"

// Columns lists the names of all columns, in the order of an export.
func Columns() []string {
	var names []string
	for _, c := range columns() {
		names = append(names, c.name)
	}
	return names
}

func textColumn[T ~string](name string, of func(*importer.Entry) *T) column {
	return column{
		name:  name,
		read:  func(r *entryParser, cell string) { *of(&r.entry) = T(cell) },
		write: func(e importer.Entry) string { return string(*of(&e)) },
	}
}

func flagColumn(name string, of func(*importer.Entry) *bool) column {
	return column{
		name: name, kind: flag,
		read:  func(r *entryParser, cell string) { *of(&r.entry) = r.flag(name, cell) },
		write: func(e importer.Entry) string { return strconv.FormatBool(*of(&e)) },
	}
}

func (r *entryParser) flag(column, cell string) bool {
	switch lower(cell) {
	case "true", "yes", "1":
		return true
	case "false", "no", "0", "":
		return false
	}
	r.fault(column, fault.Malformed, "write true or false")
	return false
}

func numberColumn(name string, of func(*importer.Entry) *int64) column {
	return column{
		name: name, kind: number,
		read: func(r *entryParser, cell string) {
			n, err := decimal.ParseWhole(strings.TrimSpace(cell)) // spreadsheets also write 2.0 and 1E+02
			switch {
			case errors.Is(err, decimal.ErrRange):
				r.fault(name, fault.Malformed, "the number is out of range")
			case err != nil:
				r.fault(name, fault.Malformed, "write a whole number without a fraction")
			}
			*of(&r.entry) = n
		},
		write: func(e importer.Entry) string { return strconv.FormatInt(*of(&e), 10) },
	}
}

// listColumn is the first column of a list. It defines the number of items.
func listColumn[T any](name string, of func(*importer.Entry) *[]T, field func(*T) *string) column {
	return column{
		name: name, kind: list,
		read: func(r *entryParser, cell string) {
			for _, value := range splitLines(cell) {
				var item T
				*field(&item) = value
				*of(&r.entry) = append(*of(&r.entry), item)
			}
		},
		write: func(e importer.Entry) string {
			return joinValues(*of(&e), func(item T) string { return *field(&item) })
		},
	}
}

// parallelColumn sets another field of the items of a list: line N is that of item N. Missing lines
// leave the field empty.
func parallelColumn[T any](name string, of func(*importer.Entry) *[]T, set func(r *entryParser, item *T, value string), show func(T) string) column {
	return column{
		name: name, kind: list,
		read: func(r *entryParser, cell string) {
			items := *of(&r.entry)
			for i, value := range strings.Split(cell, "\n") {
				value = strings.TrimSuffix(value, "\r")
				switch {
				case value == "":
				case i >= len(items):
					r.fault(name, fault.Mismatch, "it has more lines than the column before it")
					return
				default:
					set(r, &items[i], value)
				}
			}
		},
		write: func(e importer.Entry) string { return joinValues(*of(&e), show) },
	}
}

// joinValues returns "" if all values are empty.
func joinValues[T any](items []T, show func(T) string) string {
	values := make([]string, len(items))
	for i, item := range items {
		values[i] = show(item)
	}
	return strings.TrimRight(strings.Join(values, "\n"), "\n")
}

func identityColumns() []column {
	emails := func(e *importer.Entry) *[]importer.EntryEmail { return &e.Emails }
	return []column{
		textColumn("username", func(e *importer.Entry) *string { return &e.Username }),
		listColumn("email", emails, func(m *importer.EntryEmail) *string { return &m.Address }),
		parallelColumn("email_verified", emails,
			func(r *entryParser, m *importer.EntryEmail, value string) {
				m.Verified = r.flag("email_verified", value)
			},
			func(m importer.EntryEmail) string { return strconv.FormatBool(m.Verified) }),
		parallelColumn("email_claimed", emails,
			func(r *entryParser, m *importer.EntryEmail, value string) {
				m.Claimed = r.flag("email_claimed", value)
			},
			func(m importer.EntryEmail) string {
				if !m.Claimed {
					return "" // the column is empty for most users
				}
				return strconv.FormatBool(true)
			}),
		textColumn("name", func(e *importer.Entry) *string { return &e.Name }),
		textColumn("given_name", func(e *importer.Entry) *string { return &e.GivenName }),
		textColumn("family_name", func(e *importer.Entry) *string { return &e.FamilyName }),
		{
			name:  "state",
			read:  func(r *entryParser, cell string) { r.entry.State = model.State(lower(cell)) },
			write: func(e importer.Entry) string { return string(e.State) },
		},
		flagColumn("admin", func(e *importer.Entry) *bool { return &e.Admin }),
		flagColumn("service", func(e *importer.Entry) *bool { return &e.Service }),
		flagColumn("deactivated", func(e *importer.Entry) *bool { return &e.Deactivated }),
	}
}

func belongingColumns() []column {
	identities := func(e *importer.Entry) *[]model.Identity { return &e.Identities }
	return []column{
		organizationColumn(),
		{
			name: "role", kind: list, read: readRoles,
			write: func(e importer.Entry) string {
				return joinValues(e.Memberships, func(m importer.EntryMembership) string { return m.Role })
			},
		},
		listColumn("extern_uid", identities, func(id *model.Identity) *string { return &id.ExternalUID }),
		parallelColumn("provider", identities,
			func(_ *entryParser, id *model.Identity, value string) { id.Provider = value },
			func(id model.Identity) string { return id.Provider }),
	}
}

func organizationColumn() column {
	memberships := func(e *importer.Entry) *[]importer.EntryMembership { return &e.Memberships }
	c := listColumn("organization", memberships, func(m *importer.EntryMembership) *string { return &m.Organization })
	readList := c.read
	c.read = func(r *entryParser, cell string) {
		readList(r, cell)
		for i := range r.entry.Memberships {
			r.entry.Memberships[i].Organization = word(r.entry.Memberships[i].Organization)
		}
	}
	return c
}

// readRoles also accepts a role without an organization, which means the home organization.
func readRoles(r *entryParser, cell string) {
	if len(r.entry.Memberships) == 0 {
		r.entry.Memberships = make([]importer.EntryMembership, 1)
	}
	parallelColumn("role", func(e *importer.Entry) *[]importer.EntryMembership { return &e.Memberships },
		func(_ *entryParser, m *importer.EntryMembership, value string) { m.Role = word(value) }, nil).read(r, cell)
}

func keyColumns() []column {
	keys := func(e *importer.Entry) *[]model.NewKey { return &e.Keys }
	return []column{
		listColumn("ssh_key", keys, func(k *model.NewKey) *string { return &k.Key }),
		parallelColumn("ssh_key_title", keys,
			func(_ *entryParser, k *model.NewKey, value string) { k.Title = value },
			func(k model.NewKey) string { return k.Title }),
		parallelColumn("ssh_key_usage", keys,
			func(_ *entryParser, k *model.NewKey, value string) { k.Usage = model.KeyUsage(lower(value)) },
			func(k model.NewKey) string { return string(k.Usage) }),
		parallelColumn("ssh_key_expires_at", keys,
			func(r *entryParser, k *model.NewKey, value string) {
				k.ExpiresAt = r.time("ssh_key_expires_at", value)
			},
			func(k model.NewKey) string { return formatTime(k.ExpiresAt) }),
	}
}

func (r *entryParser) time(column, value string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, strings.TrimSpace(value)); err == nil {
			return t.UTC()
		}
	}
	r.fault(column, fault.Malformed, "write a day such as 2026-05-01 or a time such as 2026-05-01T12:00:00Z")
	return time.Time{}
}

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func profileColumns() []column {
	return []column{
		textColumn("bio", func(e *importer.Entry) *string { return &e.Bio }),
		textColumn("skype", func(e *importer.Entry) *string { return &e.Skype }),
		textColumn("linkedin", func(e *importer.Entry) *string { return &e.LinkedIn }),
		textColumn("twitter", func(e *importer.Entry) *string { return &e.Twitter }),
		textColumn("website_url", func(e *importer.Entry) *string { return &e.WebsiteURL }),
		textColumn("company", func(e *importer.Entry) *string { return &e.Company }),
		textColumn("time_zone", func(e *importer.Entry) *string { return &e.TimeZone }),
	}
}

func limitColumns() []column {
	return []column{
		numberColumn("theme_id", func(e *importer.Entry) *int64 { return &e.ThemeID }),
		numberColumn("color_scheme_id", func(e *importer.Entry) *int64 { return &e.ColorSchemeID }),
		numberColumn("projects_limit", func(e *importer.Entry) *int64 { return &e.ProjectsLimit }),
		flagColumn("can_create_group", func(e *importer.Entry) *bool { return &e.CanCreateGroup }),
	}
}
