#!/usr/bin/python3
"""Walks through logins, people and boards of Wekan with the PyPI package python-wekan 0.4.0.

    python_wekan.py BASE_URL      (without a slash at its end: the client puts its paths behind)

Environment:
    CLIENT_LOGIN       username of an administrator
    CLIENT_PASSWORD    password

Prints one JSON object with a member for each step below: people as the client holds them, with
times as ISO texts, and of a refusal {"raised", "status"}: the exception and the status that it
names, if any. The person that is added, py-newcomer, is deleted again at the end.

What this client insists on: nine keys of a user document, or it raises; a username in each row of
the list; the body {} on every GET, as JSON. Its edit() calls a path that Wekan does not have.

The package is used as it is, from the folder python_modules that scripts/setup-tests fills.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "python_modules"))

from wekan import WekanClient  # noqa: E402  (only found once the folder is known)

NEWCOMER = ("py-newcomer", "py-newcomer@example.com", "correct horse battery")


def told(user):
    """What the client made of a user document."""
    return {
        "id": user.id,
        "username": user.username,
        "created_at": user.created_at.isoformat(timespec="microseconds"),
        "modified_at": user.modified_at.isoformat(timespec="microseconds"),
        "services": user.services,
        "emails": user.emails,
        "profile": user.profile,
        "authentication_method": user.authentication_method,
        "session_data": user.session_data,
        "boards": user.boards,
        "is_admin": user.is_admin,
    }


def refusal(call, *words):
    """The exception that a call ends with; that it does not is a fault."""
    try:
        call(*words)
    except Exception as fault:  # whatever it is, is what the test wants to know
        return {"raised": type(fault).__name__, "status": getattr(fault, "status_code", None)}
    raise AssertionError(f"{call} was not refused")


def main(base):
    """Every step, then the report."""
    login, password = os.environ["CLIENT_LOGIN"], os.environ["CLIENT_PASSWORD"]
    client = WekanClient(base, login, password)
    seen = {
        "user_id": client.user_id,
        "current": told(client.get_current_user()),
        "users": [told(user) for user in client.get_users()],
        "boards": client.list_boards(),
        "refused_login": refusal(WekanClient, base, login, "not the password"),
    }
    added = client.add_user(*NEWCOMER)
    seen["added"] = told(added)
    seen["added_twice"] = refusal(client.add_user, *NEWCOMER)
    seen["found"] = told(client.find_user(email=NEWCOMER[1]))
    seen["boards_of_added"] = added.get_boards()
    seen["edited"] = refusal(added.edit, "disableLogin")
    newcomer = WekanClient(base, NEWCOMER[0], NEWCOMER[2])
    seen["added_logs_in"] = newcomer.user_id
    seen["list_as_member"] = refusal(newcomer.get_users)
    added.delete()
    seen["users_at_the_end"] = [user.username for user in client.get_users()]
    json.dump(seen, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
