package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// readPassword reads a password from a file, from standard input, or from a terminal.
func (e *environment) readPassword(file string) (string, error) {
	switch file {
	case "":
		return e.promptPassword("Password: ")
	case "-":
		return readFirstLine(e.stdin)
	}
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	text, err := readFirstLine(f)
	return text, errors.Join(err, f.Close())
}

func readFirstLine(r io.Reader) (string, error) {
	text, err := bufio.NewReader(io.LimitReader(r, 64<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if text = strings.TrimRight(text, "\r\n"); text == "" {
		return "", errors.New("the password is empty; write it in the first line")
	}
	return text, nil
}

// promptPassword reads a password from the terminal without echo.
func (e *environment) promptPassword(prompt string) (string, error) {
	f, ok := e.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", errors.New("no terminal to prompt for the password; use --password-file FILE, or '-' for standard input")
	}
	if _, err := fmt.Fprint(e.stderr, prompt); err != nil {
		return "", err
	}
	text, err := term.ReadPassword(int(f.Fd()))
	if _, newline := fmt.Fprintln(e.stderr); newline != nil {
		return "", newline
	}
	return string(text), err
}
