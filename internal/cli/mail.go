package cli

import (
	"fmt"

	"roster.example/roster/internal/app"
)

type mailCommand struct {
	Preview mailPreview `cmd:"" help:"Print an email with sample data."`
	Kinds   mailKinds   `cmd:"" help:"List the kinds of email."`
	Failed  mailFailed  `cmd:"" help:"List undelivered emails."`
	Resend  mailResend  `cmd:"" help:"Send undelivered emails again."`
}

type mailPreview struct {
	Kind string `arg:"" help:"Kind of email; see 'roster mail kinds'." values:"emails"`
	HTML bool   `name:"html" help:"Print the HTML instead of subject and text."`
}

// Help is shown below the flags.
func (mailPreview) Help() string {
	return `Emails are rendered from templates. Files in the folder of mail.templates replace built-in
templates. The command checks all templates before it prints one. Nothing is sent.

Examples:
  roster mail preview verify
  roster mail preview invitation --html --set mail.templates=./templates > email.html`
}

// Run prints one email.
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

// Help is shown below the flags.
func (mailKinds) Help() string {
	return `Example:
  roster mail kinds`
}

// Run lists the kinds of email.
func (mailKinds) Run(e *environment) error {
	for _, kind := range app.MailKinds() {
		if _, err := fmt.Fprintln(e.stdout, kind); err != nil {
			return err
		}
	}
	return nil
}
