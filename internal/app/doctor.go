package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"roster.example/roster/internal/config"
)

// Advice returns recommendations about settings and files.
func Advice(cfg config.Config) []string {
	var advice []string
	if cfg.BaseURL == "" {
		advice = append(advice, "base_url is not set; links in emails use the listen address")
	}
	if cfg.Mail.Host == "" {
		advice = append(advice, "mail.host is not set; emails are written to the folder outbox and are not sent")
	}
	if cfg.Mail.Username != "" && cfg.Mail.Password == "" {
		advice = append(advice, "mail.password is not set here; the server needs it as ROSTER_MAIL_PASSWORD or ROSTER_MAIL_PASSWORD_FILE")
	}
	if !cfg.Console.Enabled {
		advice = append(advice, "console.enabled is off; links in emails do not work")
	}
	if info, err := os.Stat(cfg.Data); err == nil && accessibleByOthers(info.Mode()) {
		advice = append(advice, "other users can read the data folder; run chmod 700 on it")
	}
	return advice
}

// CheckFileDescriptors returns an error if this process cannot open another file.
func CheckFileDescriptors() error {
	file, err := os.Open(os.DevNull)
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return fmt.Errorf("no file descriptors are free; raise the limit of the server (LimitNOFILE, ulimit -n) and restart it: %w", err)
	}
	if err != nil {
		return err
	}
	return file.Close()
}

func accessibleByOthers(mode fs.FileMode) bool { return mode.Perm()&0o077 != 0 }
