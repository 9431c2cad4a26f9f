// Package e2e holds tests that start the real server and talk to it as people and their tools do.
//
// The folder clients has one driver for each foreign client that we claim to serve and that is not
// written in Go. A driver takes the server's base URL as its first argument and credentials from
// the environment (CLIENT_LOGIN, CLIENT_PASSWORD, CLIENT_TOKEN: never arguments, which every
// process of a machine can read), makes its calls, and prints one JSON object of what the client
// made of the answers. It ends with status 0 if the conversation came to its end, whatever the
// answers were: a test judges them. Run drivers without the variables that would send requests
// through a proxy.
//
//	gitlab_v3.js    GitLab v3, by the npm package gitlab 1.8.0, unmodified
//	wekan_api.py    Wekan, the calls of the product's own api.py, by python requests
//	python_wekan.py Wekan, by the PyPI package python-wekan 0.4.0, unmodified
//	codebase.rb     Codebase, read by Ruby ActiveSupport, whose XML rules the product's own are
//
// Foreign code is never committed here: scripts/setup-tests installs it, and fails when it cannot.
package e2e
