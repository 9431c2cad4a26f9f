package ui

// Form is a form as a page shows it, with what was rejected when it was sent.
type Form struct {
	Action string // path below the root of the server
	Submit string // text of the button
	Danger bool   // whether the button ends or deletes something
	Hidden map[string]string
	Fields []Field
	Errors []string // those that belong to no field; sentences
}

// Field is one field of a form.
type Field struct {
	Name         string // and id; programs that drive the pages rely on it
	Label        string
	Hint         string
	Type         string // of the input element
	Autocomplete string // HTML standard, "autofill detail tokens"
	Value        string // of a password: always empty
	Optional     bool
	Checked      bool   // of a checkbox
	Error        string // a sentence; empty if the field is right
}

// Rejected reports whether the form has an error.
func (f *Form) Rejected() bool {
	for _, field := range f.Fields {
		if field.Error != "" {
			return true
		}
	}
	return len(f.Errors) > 0
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

// DescribedBy lists the ids of the texts that explain the field.
func (f Field) DescribedBy() string {
	ids := ""
	if f.Hint != "" {
		ids = f.Name + "-hint"
	}
	if f.Error == "" {
		return ids
	}
	if ids != "" {
		ids += " "
	}
	return ids + f.Name + "-error"
}

// Password reports whether the field shows a button that reveals what is typed.
func (f Field) Password() bool { return f.Type == "password" }

// Verbatim reports whether keyboards of phones must neither correct what is typed nor begin it with
// a capital letter.
func (f Field) Verbatim() bool { return f.Name == "username" || f.Type != "text" }
