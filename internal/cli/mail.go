package cli

import (
	"fmt"

	"roster.example/roster/internal/app"
)

type mailCommand struct {
	Preview mailPreview `cmd:"" help:"Print a letter with sample data."`
	Kinds   mailKinds   `cmd:"" help:"List the kinds of email."`
	Failed  mailFailed  `cmd:"" help:"List emails that were given up."`
	Resend  mailResend  `cmd:"" help:"Send emails again that were given up."`
}

type mailPreview struct {
	Kind string `arg:"" help:"Which letter; see 'roster mail kinds'."`
	HTML bool   `name:"html" help:"Print the HTML, for a browser, instead of subject and text."`
}

// Help is shown below the flags.
func (mailPreview) Help() string {
	return `Letters are written by templates, which mail.templates replaces one by one; all of them
are tried out before one is printed. Nothing is sent.

Examples:
  roster mail preview verify
  roster mail preview invitation --html --set mail.templates=./letters > letter.html`
}

// Run prints one letter.
func (c mailPreview) Run(e *environment) error {
	cfg, err := e.loadConfig()
	if err != nil {
		return err
	}
	subject, text, html, err := app.PreviewMail(cfg, c.Kind)
	if err != nil {
		return err
	}
	if c.HTML {
		_, err = fmt.Fprint(e.stdout, html)
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "Subject: %s\n\n%s", subject, text)
	return err
}

type mailKinds struct{}

// Run lists the kinds.
func (mailKinds) Run(e *environment) error {
	for _, kind := range app.MailKinds() {
		if _, err := fmt.Fprintln(e.stdout, kind); err != nil {
			return err
		}
	}
	return nil
}
