// Package load sends many concurrent requests to an HTTP server and measures the responses.
// It implements the minimum of HTTP/1.1 (RFC 9112) over persistent connections:
// it writes prepared requests, and reads complete responses and discards them. So it leaves most of
// the processor time to the server, which runs on the same machine.
package load

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// patience is the time limit of a response.
const patience = time.Minute

// Request is a request in its wire format.
type Request []byte

// Get prepares a GET of path, with header lines such as "Accept: text/xml".
func Get(path string, header ...string) Request {
	return Request("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + lines(header) + "\r\n")
}

// Post prepares a POST of a body of the given Content-Type.
func Post(path, kind, body string, header ...string) Request {
	header = append(header, "Content-Type: "+kind, "Content-Length: "+strconv.Itoa(len(body)))
	return Request("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + lines(header) + "\r\n" + body)
}

// Put is Post with the method PUT.
func Put(path, kind, body string, header ...string) Request {
	return append(Request("PUT"), Post(path, kind, body, header...)[len("POST"):]...)
}

func lines(header []string) string {
	if len(header) == 0 {
		return ""
	}
	return strings.Join(header, "\r\n") + "\r\n"
}

// Answer is a complete response.
type Answer struct {
	Status int
	Header []Field // in the order and spelling of the server
	Body   []byte
}

// Field is one header line.
type Field struct{ Name, Value string }

// Get returns the value of the first field with this name, or "".
func (a Answer) Get(name string) string {
	for _, f := range a.Header {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// Conn is one connection to a server.
type Conn struct {
	wire net.Conn
	in   *bufio.Reader
}

// Dial connects to the server at address, HOST:PORT.
func Dial(ctx context.Context, address string) (*Conn, error) {
	wire, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &Conn{wire, bufio.NewReaderSize(wire, 64<<10)}, nil
}

// Close closes the connection.
func (c *Conn) Close() error { return c.wire.Close() }

// Ask sends a request and returns the response.
func (c *Conn) Ask(r Request) (Answer, error) {
	var a Answer
	status, err := c.exchange(r, &a)
	a.Status = status
	return a, err
}

// Do sends a request and returns the status of the response.
func (c *Conn) Do(r Request) (status int, err error) { return c.exchange(r, nil) }

// One sends one request over a new connection.
func One(ctx context.Context, address string, r Request) (a Answer, err error) {
	c, err := Dial(ctx, address)
	if err != nil {
		return Answer{}, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.wire.SetDeadline(time.Now().Add(patience)); err != nil {
		return Answer{}, err
	}
	return c.Ask(r)
}

func (c *Conn) exchange(r Request, keep *Answer) (int, error) {
	if _, err := c.wire.Write(r); err != nil {
		return 0, err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 {
		return 0, fmt.Errorf("the server answers %q, which is not HTTP", line)
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return 0, fmt.Errorf("the server answers %q, which is not HTTP", line)
	}
	length, err := c.head(keep)
	if err != nil {
		return 0, err
	}
	return status, c.body(length, keep)
}

// chunked is the length of a body without Content-Length.
const chunked = -1

// head reads the header and returns the length of the body.
func (c *Conn) head(keep *Answer) (length int64, err error) {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return length, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case named(name, "Content-Length"):
			if length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return 0, fmt.Errorf("length of the answer: %w", err)
			}
		case named(name, "Transfer-Encoding"):
			length = chunked
		}
		if keep != nil {
			keep.Header = append(keep.Header, Field{string(name), string(value)})
		}
	}
}

func named(name []byte, want string) bool {
	return len(name) == len(want) && strings.EqualFold(string(name), want)
}

func (c *Conn) body(length int64, keep *Answer) error {
	if length == chunked {
		return c.chunks(keep)
	}
	return c.take(length, keep)
}

// chunks reads a chunked body (RFC 9112, 7.1).
func (c *Conn) chunks(keep *Answer) error {
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 64)
		if err != nil {
			return fmt.Errorf("size of a chunk: %w", err)
		}
		if err := c.take(size, keep); err != nil {
			return err
		}
		if _, err := c.in.Discard(len("\r\n")); err != nil || size == 0 {
			return err
		}
	}
}

func (c *Conn) take(length int64, keep *Answer) error {
	if keep == nil {
		_, err := c.in.Discard(int(length))
		return err
	}
	piece := make([]byte, length)
	_, err := io.ReadFull(c.in, piece)
	keep.Body = append(keep.Body, piece...)
	return err
}
