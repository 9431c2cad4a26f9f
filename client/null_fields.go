package client

import (
	"encoding/json"
	"fmt"
)

// Field names a member of an update that can be null. In the Null of a [UserUpdate], a [SelfUpdate] or a [ProjectUpdate] it
// is sent as null, which clears the member (JSON merge patch, RFC 7396). A nil pointer is not sent, and does not change the
// member.
type Field string

// The fields of users that can be null.
const (
	FieldGivenName  Field = "given_name"
	FieldFamilyName Field = "family_name"
	FieldBio        Field = "bio"
	FieldCompany    Field = "company"
	FieldWebsiteURL Field = "website_url"
	FieldLinkedIn   Field = "linkedin"
	FieldSkype      Field = "skype"
	FieldTwitter    Field = "twitter"
	FieldTimeZone   Field = "time_zone"
)

// The fields of projects that can be null.
const (
	FieldGroup    Field = "group"
	FieldOverview Field = "overview"
)

// withNull returns the JSON of an update with these members as null. It returns an error if a member also has a value.
func withNull(change any, null []Field) ([]byte, error) {
	text, err := json.Marshal(change)
	if err != nil || len(null) == 0 {
		return text, err
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, err
	}
	for _, f := range null {
		if _, given := members[string(f)]; given && string(members[string(f)]) != "null" {
			return nil, fmt.Errorf("%s has a value and is in Null too; leave one of them out", f)
		}
		members[string(f)] = json.RawMessage("null")
	}
	return json.Marshal(members)
}

// MarshalJSON writes the fields of Null as null.
func (c UserUpdate) MarshalJSON() ([]byte, error) {
	type plain UserUpdate
	return withNull(plain(c), c.Null)
}

// MarshalJSON writes the fields of Null as null.
func (c SelfUpdate) MarshalJSON() ([]byte, error) {
	type plain SelfUpdate
	return withNull(plain(c), c.Null)
}

// MarshalJSON writes the fields of Null as null.
func (c ProjectUpdate) MarshalJSON() ([]byte, error) {
	type plain ProjectUpdate
	return withNull(plain(c), c.Null)
}
