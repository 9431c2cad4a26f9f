#!/usr/bin/python3
"""Sends what the description allows, and what it forbids, with schemathesis 4.0.0 from PyPI.

    schema.py BASE_URL EXAMPLES [OPERATION...]      (so many examples for each operation; left-out ones)

Environment:
    CLIENT_TOKEN       access token of an administrator

The description is the one that the server answers at /api/v1/openapi.json. Looked for are answers of
5xx, statuses and types and bodies that the description does not have, and deeds without a credential.
What it forbids is sent too, but not every answer of 200 is a fault then: the program also takes headers
that nobody knows for forbidden, which HTTP lets pass. Refusals are shown by transcripts. Nothing is left to chance: a run always sends the same.

Prints one JSON object: "status", which is 0 when nothing was found, and "report", the words of the
program.

Its phase "coverage" is left out: where an operation has ten parameters, that one phase takes minutes.

The package is used as it is, from the folder python_modules that scripts/setup-tests fills.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
]


def main():
    base, examples, left_out = sys.argv[1], sys.argv[2], sys.argv[3:]
    modules = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python_modules")
    with urllib.request.urlopen(base + "/api/v1/openapi.json") as answer:
        description = answer.read()
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", "--url", base,
        "--header", "Authorization: Bearer " + os.environ["CLIENT_TOKEN"],
        "--checks", ",".join(CHECKS), "--phases", "examples,fuzzing", "--max-examples", examples,
        "--generation-deterministic", "--no-shrink", "--no-color",
        "--workers", "2", "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off",
    ]
    for operation in left_out:
        command += ["--exclude-operation-id", operation]
    with tempfile.TemporaryDirectory() as folder:  # it writes beside where it runs
        with open(os.path.join(folder, "openapi.json"), "wb") as copy:
            copy.write(description)
        run = subprocess.run(
            command, cwd=folder, env={"PATH": os.environ["PATH"], "HOME": folder, "PYTHONPATH": modules + ":" + os.path.dirname(os.path.abspath(__file__)), "SCHEMATHESIS_HOOKS": "schema"},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
    print(json.dumps({"status": run.returncode, "report": run.stdout}))


if __name__ == "__main__":
    main()
else:  # schemathesis reads this file for its hooks
    import schemathesis

    @schemathesis.hook
    def filter_headers(context, headers):
        """Control characters in a header are refused by Go's own server, before any API sees the request."""
        return all(c >= " " and c != "\x7f" for value in (headers or {}).values() for c in str(value))
