#!/usr/bin/python3
"""Makes the calls about people that Wekan's own api.py makes, as it makes them.

    wekan_api.py BASE_URL user                       own document
    wekan_api.py BASE_URL users                      everybody (administrators)
    wekan_api.py BASE_URL boards [USERID]            boards of a user; without one, public boards
    wekan_api.py BASE_URL newuser NAME EMAIL PASSWORD   add a user (administrators)

BASE_URL ends with a slash: the paths are appended as they are.

Environment:
    CLIENT_LOGIN       username, sent as such even when it is an e-mail address
    CLIENT_PASSWORD    password

Like the original, each run logs in first (JSON body), uses the token as Bearer with
Accept: application/json, sends a new user as a form, and never looks at a status. Prints one JSON
object: "login" and "answer", each with "status", "content_type", and "body" (parsed JSON; null if
the body is empty).

The original is not copied here: only the requests are the same, the code is our own. It
wants python requests as Debian packages it (python3-requests), hence the interpreter named above.
"""

import json
import os
import sys

import requests

TIMEOUT = 300  # seconds for one answer; the original would wait for ever


def told(response):
    """What a caller can tell of an answer. A body that is not JSON is a fault: it raises."""
    return {
        "status": response.status_code,
        "content_type": response.headers.get("Content-Type"),
        "body": json.loads(response.text) if response.text else None,
    }


def log_in(base):
    """POST users/login, with the headers that requests itself chooses."""
    credentials = {
        "username": os.environ["CLIENT_LOGIN"],
        "password": os.environ["CLIENT_PASSWORD"],
    }
    return requests.post(base + "users/login", json=credentials, timeout=TIMEOUT)


def new_user(base, headers, name, email, password):
    """POST api/users as a form."""
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
    """Logs in, runs the command, prints both answers."""
    login = told(log_in(base))
    seen = {"login": login}
    # A refused login stops the original with a KeyError; here the refusal is what is reported.
    if "token" in (login["body"] or {}):
        headers = {"Accept": "application/json", "Authorization": "Bearer " + login["body"]["token"]}
        seen["answer"] = told(ask(base, headers, command, *words))
    json.dump(seen, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
