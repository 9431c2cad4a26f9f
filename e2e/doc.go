// Package e2e tests running servers with real clients: browsers, sshd, nginx and the clients of other products.
//
// The folder clients has a driver for each supported client that is not written in Go. A driver
// takes the server's base URL as its first argument and credentials from the environment
// (CLIENT_LOGIN, CLIENT_PASSWORD, CLIENT_TOKEN), because every process of a machine can read
// arguments. It sends requests with the client and prints the parsed responses as one JSON
// object. Its exit status is 0 even if responses are errors: the test compares them.
// Drivers must run without proxy variables in the environment.
//
//	gitlab_v3.js    GitLab v3, by the npm package gitlab 1.8.0, unmodified
//	wekan_api.py    Wekan, the calls of the product's own api.py, by python requests
//	python_wekan.py Wekan, by the PyPI package python-wekan 0.4.0, unmodified
//	codebase.rb     Codebase, parsed by Ruby ActiveSupport, which the product uses too
//
// The clients are installed by scripts/setup-tests and never committed.
package e2e
