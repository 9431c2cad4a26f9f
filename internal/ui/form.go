package ui

// Form is a form as a page shows it, with what was rejected when it was sent.
type Form struct {
	Action   string // path below the root of the server
	Submit   string // text of the button
	SubmitID string // id of the button, for programs that drive the pages; may be empty
	Small    bool   // whether the button has the size of its text, as in forms beside other content
	Danger   bool   // whether the button ends or deletes something
	Hidden   map[string]string
	Again    []SentField // fields of another form, which this one sends again
	Fields   []Field
	Problem  string   // heading of the errors; empty is "Check the form"
	Errors   []string // those that belong to no field; sentences
}

// Field is one field of a form.
type Field struct {
	Name         string // and id; programs that drive the pages rely on it
	Prefix       string // before the name in the id, where a page has two forms with such a field
	Label        string
	Hint         string
	Type         string // of the input element, or "checkbox", "textarea" or "select"; others are drawn by the page
	Autocomplete string // HTML standard, "autofill detail tokens"
	Value        string // of a password: always empty
	Optional     bool
	Drop         bool     // of a textarea: whether a text file can be dropped on it
	Focus        bool     // whether the page begins in this field, unless the form was rejected
	Link, Path   string   // text and path of a link beside the label; may be empty
	Confirm      string   // text that must be typed; a script enables the button of the form only then
	Checked      bool     // of a checkbox
	Options      []Option // of a select
	Error        string   // a sentence; empty if the field is right
}

// Option is one choice of a field of the type "select".
type Option struct {
	Value, Label string
	Selected     bool
}

// ID returns the id of the input element.
func (f Field) ID() string { return f.Prefix + f.Name }

// Rejected reports whether the form has an error.
func (f *Form) Rejected() bool {
	for _, field := range f.Fields {
		if field.Error != "" {
			return true
		}
	}
	return len(f.Errors) > 0
}

// Confirms reports whether a text must be typed in the form.
func (f *Form) Confirms() bool {
	for _, field := range f.Fields {
		if field.Confirm != "" {
			return true
		}
	}
	return false
}

// Reject puts an error beside the field of that name, or above the form if it has no such field.
func (f *Form) Reject(name, sentence string) {
	for i := range f.Fields {
		if f.Fields[i].Name == name {
			f.Fields[i].Error = sentence
			return
		}
	}
	f.Errors = append(f.Errors, sentence)
}

// RejectFaults puts the faults of err beside their fields, and those of other fields above the form.
func (f *Form) RejectFaults(m *Messages, err error) {
	for _, s := range sentences(m, err) {
		f.Reject(s.field, s.text)
	}
}

// DescribedBy lists the ids of the texts that explain the field.
func (f Field) DescribedBy() string {
	ids := ""
	if f.Hint != "" {
		ids = f.ID() + "-hint"
	}
	if f.Error == "" {
		return ids
	}
	if ids != "" {
		ids += " "
	}
	return ids + f.ID() + "-error"
}

// Password reports whether the field shows a button that reveals what is typed.
func (f Field) Password() bool { return f.Type == "password" }

// Verbatim reports whether keyboards of phones must neither correct what is typed nor begin it with
// a capital letter.
func (f Field) Verbatim() bool {
	return f.Name == "username" || f.Name == "key" || f.Type != "text" && f.Type != "textarea"
}
