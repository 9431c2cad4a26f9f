#!/usr/bin/python3
"""Sends the requests about users that Wekan's own api.py sends.

    wekan_api.py BASE_URL user                       own document
    wekan_api.py BASE_URL users                      all users (administrators)
    wekan_api.py BASE_URL boards [USERID]            boards of a user; without one, public boards
    wekan_api.py BASE_URL newuser NAME EMAIL PASSWORD   add a user (administrators)

BASE_URL ends with a slash: the paths are appended as they are.

Environment:
    CLIENT_LOGIN       username, also if it is an email address
    CLIENT_PASSWORD    password

Like the original, each run signs in first (JSON body), sends the token as Bearer with
Accept: application/json, sends a new user as a form, and ignores statuses. Prints one JSON object:
"login" and "answer", each with "status", "content_type", and "body" (parsed JSON; null if empty).

The code is not that of the original; only the requests are the same. Requires Debian's python3-requests,
and therefore the interpreter named above.
"""

import json
import os
import sys

import requests

TIMEOUT = 300  # seconds for one response; the original has no timeout


def describe(response):
    """Returns status, content type and body of a response. The body must be JSON."""
    return {
        "status": response.status_code,
        "content_type": response.headers.get("Content-Type"),
        "body": json.loads(response.text) if response.text else None,
    }


def log_in(base):
    """Sends POST users/login with the default headers of requests."""
    credentials = {
        "username": os.environ["CLIENT_LOGIN"],
        "password": os.environ["CLIENT_PASSWORD"],
    }
    return requests.post(base + "users/login", json=credentials, timeout=TIMEOUT)


def new_user(base, headers, name, email, password):
    """Sends POST api/users as a form."""
    form = {"username": name, "email": email, "password": password}
    return requests.post(base + "api/users", data=form, headers=headers, timeout=TIMEOUT)


def ask(base, headers, command, *words):
    """Runs one command and returns the response."""
    if command == "newuser":
        return new_user(base, headers, *words)
    paths = {"user": "api/user", "users": "api/users", "boards": "api/boards/"}
    path = paths[command]
    if command == "boards" and words:
        path = "api/users/" + words[0] + "/boards"
    return requests.get(base + path, headers=headers, timeout=TIMEOUT)


def main(base, command, *words):
    """Signs in, runs the command, prints both responses."""
    login = describe(log_in(base))
    seen = {"login": login}
    # The original raises a KeyError after a rejected login. This driver reports the rejection.
    if "token" in (login["body"] or {}):
        headers = {"Accept": "application/json", "Authorization": "Bearer " + login["body"]["token"]}
        seen["answer"] = describe(ask(base, headers, command, *words))
    json.dump(seen, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
