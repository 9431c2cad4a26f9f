package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"roster.example/roster/internal/atomicfile"
	"roster.example/roster/internal/config"
	"roster.example/roster/internal/mail"
	"roster.example/roster/internal/secret"
)

// openFiles opens the files in the settings, except the database.
func (a *App) openFiles() (err error) {
	a.renderer = &mail.Renderer{Base: publicURL(a.cfg, a.cfg.Listen), Site: a.cfg.SiteName, NoPages: !a.cfg.Console.Enabled, Language: a.cfg.Mail.Language}
	if a.renderer.Templates, err = loadTemplates(a.cfg); err != nil {
		return err
	}
	a.breached, err = openBreached(a.cfg)
	return err
}

// draftLife is the age after which a draft of the key file belongs to no process that still runs.
const draftLife = time.Hour

// removeDrafts removes the drafts of files that a killed process left. The locked data folder belongs
// to this process; others may use the folder of the key file, so only old drafts of that file are
// removed there. A draft that cannot be removed is harmless.
func (a *App) removeDrafts(ctx context.Context) {
	err := atomicfile.RemoveDrafts(a.cfg.Data)
	if a.cfg.KeyFile != "" {
		err = errors.Join(err, draftsOfKeyError(atomicfile.RemoveDraftsOf(a.cfg.KeyFile, time.Now().Add(-draftLife))))
	}
	if err != nil {
		a.log.WarnContext(ctx, "drafts of files were not removed", "error", err)
	}
}

// draftsOfKeyError returns err, or nil if the folder of the key file does not exist yet, or if this process
// may not list or change it: a folder of secrets often permits only to open files by their names.
func draftsOfKeyError(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// CheckFiles checks the files in the settings, and returns all errors.
func CheckFiles(cfg config.Config) error {
	_, templates := loadTemplates(cfg)
	list, breached := openBreached(cfg)
	return errors.Join(templates, breached, list.Close())
}

// loadTemplates returns nil, which means the built-in ones, if no folder is set.
func loadTemplates(cfg config.Config) (*mail.Templates, error) {
	if cfg.Mail.Templates == "" {
		return nil, nil
	}
	templates, err := mail.LoadTemplates(cfg.Mail.Templates)
	if err != nil {
		return nil, fmt.Errorf("mail.templates: %w", err)
	}
	return templates, nil
}

// openBreached returns nil, an empty list, if no file is set.
func openBreached(cfg config.Config) (*secret.Breached, error) {
	if cfg.Password.BreachedFile == "" {
		return nil, nil
	}
	list, err := secret.OpenBreached(cfg.Password.BreachedFile)
	if err != nil {
		return nil, fmt.Errorf("password.breached_file: %w", err)
	}
	return list, nil
}

// MailKinds lists the kinds of emails.
func MailKinds() []string {
	kinds := make([]string, 0, len(mail.Kinds()))
	for _, kind := range mail.Kinds() {
		kinds = append(kinds, string(kind))
	}
	return kinds
}

// PreviewMail renders an email with sample data and the templates of the settings.
func PreviewMail(cfg config.Config, kind string) (subject, text, html string, err error) {
	if !slices.Contains(MailKinds(), kind) {
		return "", "", "", fmt.Errorf("there is no kind of email %q; the kinds are %s", kind, strings.Join(MailKinds(), ", "))
	}
	templates, err := loadTemplates(cfg)
	if err != nil {
		return "", "", "", err
	}
	sample := mail.Sample(mail.Kind(kind))
	sample.Site, sample.Language = cfg.SiteName, cfg.Mail.Language
	m, err := templates.Render(mail.Kind(kind), sample)
	return m.Subject, m.Text, m.HTML, err
}
