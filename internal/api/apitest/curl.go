package apitest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
)

// Curl parses a curl command from a document as a request to the server at base. The scheme and host of the command are
// replaced; path and query are kept. It supports the options that the documents use (-X -H -d -F -u in long, short and
// joined form, --url, and switches without effect here such as -k, -s, -S, -i, -v). Other options, and reading files, are
// errors.
func Curl(base, line string) (*http.Request, error) {
	words, err := shellWords(line)
	if err != nil {
		return nil, err
	}
	if len(words) == 0 || words[0] != "curl" {
		return nil, errors.New("the command does not begin with curl")
	}
	var c curl
	for words = words[1:]; len(words) > 0; {
		if words, err = c.parseOption(words); err != nil {
			return nil, err
		}
	}
	return c.request(base)
}

// curl is a partly parsed command.
type curl struct {
	method, url, user string
	header            []string
	data, form        []string
}

// urlOption represents --url, which has no short form.
const urlOption = 0

// longForms maps long options with a value to their short form.
var longForms = map[string]byte{
	"--request": 'X', "--header": 'H', "--data": 'd', "--data-raw": 'd', "--data-ascii": 'd', "--data-binary": 'd',
	"--form": 'F', "--user": 'u', "--url": urlOption,
}

// switches are the long options without a value. They have no effect here.
var switches = map[string]bool{
	"--insecure": true, "--silent": true, "--show-error": true, "--include": true, "--verbose": true, "--globoff": true,
}

// parseOption parses the next option or URL and returns the remaining words.
func (c *curl) parseOption(words []string) ([]string, error) {
	word, rest := words[0], words[1:]
	if len(word) < 2 || word[0] != '-' {
		return rest, c.setURL(word)
	}
	if switches[word] {
		return rest, nil
	}
	if letter, ok := longForms[word]; ok {
		return c.parseValue(letter, "", word, rest)
	}
	if strings.HasPrefix(word, "--") {
		return nil, fmt.Errorf("curl option %s is not supported", word)
	}
	for i := 1; i < len(word); i++ {
		switch {
		case strings.IndexByte("kisSvg", word[i]) >= 0:
			continue
		case strings.IndexByte("XHdFu", word[i]) >= 0:
			return c.parseValue(word[i], word[i+1:], word, rest)
		}
		return nil, fmt.Errorf("curl option -%c is not supported", word[i])
	}
	return rest, nil
}

// parseValue stores the value of an option, which is joined to it or the next word.
func (c *curl) parseValue(letter byte, value, option string, rest []string) ([]string, error) {
	if value == "" {
		if len(rest) == 0 {
			return nil, fmt.Errorf("curl option %s lacks its value", option)
		}
		value, rest = rest[0], rest[1:]
	}
	switch letter {
	case 'X':
		c.method = value
	case 'H':
		c.header = append(c.header, value)
	case 'u':
		c.user = value
	case urlOption:
		return rest, c.setURL(value)
	case 'd':
		if strings.HasPrefix(value, "@") && option != "--data-raw" {
			return nil, errors.New("reading files is not supported")
		}
		c.data = append(c.data, value)
	case 'F':
		c.form = append(c.form, value)
	}
	return rest, nil
}

func (c *curl) setURL(address string) error {
	if c.url != "" {
		return fmt.Errorf("curl has a second URL: %s", address)
	}
	c.url = address
	return nil
}

func (c *curl) request(base string) (*http.Request, error) {
	target, err := c.target(base)
	if err != nil {
		return nil, err
	}
	body, kind, err := c.body()
	if err != nil {
		return nil, err
	}
	method := c.method
	switch {
	case method == "" && kind != "":
		method = http.MethodPost
	case method == "":
		method = http.MethodGet
	}
	r, err := http.NewRequest(method, target, body)
	if err != nil {
		return nil, err
	}
	for _, line := range c.header {
		if err := setHeader(r, line); err != nil {
			return nil, err
		}
	}
	if kind != "" && r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", kind)
	}
	if c.user != "" {
		user, password, _ := strings.Cut(c.user, ":")
		r.SetBasicAuth(user, password)
	}
	return r, nil
}

// target returns base with the path and query of the URL.
func (c *curl) target(base string) (string, error) {
	address := c.url
	if address != "" && !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", fmt.Errorf("curl has no valid URL: %q", c.url)
	}
	return strings.TrimSuffix(base, "/") + u.RequestURI(), nil
}

// body returns the body and its media type, or "" without a body.
func (c *curl) body() (io.Reader, string, error) {
	switch {
	case len(c.data) > 0 && len(c.form) > 0:
		return nil, "", errors.New("curl has both -d and -F")
	case len(c.data) > 0:
		return strings.NewReader(strings.Join(c.data, "&")), "application/x-www-form-urlencoded", nil
	case len(c.form) == 0:
		return http.NoBody, "", nil
	}
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for _, field := range c.form {
		name, value, ok := strings.Cut(field, "=")
		if !ok || strings.HasPrefix(value, "@") || strings.HasPrefix(value, "<") {
			return nil, "", fmt.Errorf("curl form field %q is not name=value", field)
		}
		if err := w.WriteField(name, value); err != nil {
			return nil, "", err
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return bytes.NewReader(buf.Bytes()), w.FormDataContentType(), nil
}
