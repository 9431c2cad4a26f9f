#!/usr/bin/python3
"""Sends valid and invalid requests, generated from the OpenAPI description by schemathesis 4.0.0.

    schema.py BASE_URL EXAMPLES [OPERATION...]      (examples per operation; operations to skip)

Environment:
    CLIENT_TOKEN       access token of an administrator

The description is that of the server, /api/v1/openapi.json. The checks find responses of 5xx, statuses,
content types and bodies that the description lacks, and operations without a credential. A response of
200 to an invalid request is not reported, because schemathesis regards unknown headers as invalid.
Transcripts test the rejections. Each run sends the same requests.

Prints one JSON object: "status", which is 0 if no problem was found, and "report", the output of
schemathesis.

The phase "coverage" is skipped: for an operation with ten parameters it takes minutes.

The package is unmodified, from the folder python_modules that scripts/setup-tests fills.
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
    with tempfile.TemporaryDirectory() as folder:  # schemathesis writes to its working directory
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
        """Go's HTTP server rejects control characters in headers before Roster gets the request."""
        return all(c >= " " and c != "\x7f" for value in (headers or {}).values() for c in str(value))
