#!/usr/bin/python3
"""Uses logins, users and boards of Wekan with the PyPI package python-wekan 0.4.0.

    python_wekan.py BASE_URL      (without a final slash: the client appends its paths)

Environment:
    CLIENT_LOGIN       username of an administrator
    CLIENT_PASSWORD    password

Prints one JSON object with a member for each step below: users as the client returns them, with times
in ISO format, and {"raised", "status"} for an exception and its HTTP status, if any. The added user,
py-newcomer, is deleted at the end.

Behavior of this client: it raises an exception unless a user document has nine keys, and each row of
the list a username; every GET has the JSON body {}; edit() calls a path that Wekan does not have.

The package is unmodified, from the folder python_modules that scripts/setup-tests fills.
"""

import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "python_modules"))

from wekan import WekanClient  # noqa: E402  (needs the path set above)

NEWCOMER = ("py-newcomer", "py-newcomer@example.com", "correct horse battery")


def describe(user):
    """Returns the attributes of a user."""
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


def raised(call, *words):
    """Returns the exception that a call raises. It must raise one."""
    try:
        call(*words)
    except Exception as fault:  # the test compares its type
        return {"raised": type(fault).__name__, "status": getattr(fault, "status_code", None)}
    raise AssertionError(f"{call} raised no exception")


def main(base):
    """Runs all steps and prints the results."""
    login, password = os.environ["CLIENT_LOGIN"], os.environ["CLIENT_PASSWORD"]
    client = WekanClient(base, login, password)
    seen = {
        "user_id": client.user_id,
        "current": describe(client.get_current_user()),
        "users": [describe(user) for user in client.get_users()],
        "boards": client.list_boards(),
        "refused_login": raised(WekanClient, base, login, "not the password"),
    }
    added = client.add_user(*NEWCOMER)
    seen["added"] = describe(added)
    seen["added_twice"] = raised(client.add_user, *NEWCOMER)
    seen["found"] = describe(client.find_user(email=NEWCOMER[1]))
    seen["boards_of_added"] = added.get_boards()
    seen["edited"] = raised(added.edit, "disableLogin")
    newcomer = WekanClient(base, NEWCOMER[0], NEWCOMER[2])
    seen["added_logs_in"] = newcomer.user_id
    seen["list_as_member"] = raised(newcomer.get_users)
    added.delete()
    seen["users_at_the_end"] = [user.username for user in client.get_users()]
    json.dump(seen, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
