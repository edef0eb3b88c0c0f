"""Lets schemathesis loose on the tenant in a box: python3 attack.py SCHEMATHESIS SEED DOCUMENT…

Starts the tenant, logs in, and checks every operation of the documents; then proves that a broken tenant is found out.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.request

KEY = {"username": "example-access-key", "password": "example-secret-key"}
# The header in which each product wants the token.
HEADERS = {"cspm": "x-redlock-auth", "code": "authorization"}
CHECKS = ",".join([
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
])


def start():
    """The tenant's process and address."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    process = subprocess.Popen(
        [target / "debug/examples/tenant", "--port", "0", "--token-life", "86400"],
        stdout=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:
        if found := re.search(r"http://[0-9.]+:[0-9]+", line):
            return process, found.group()
    raise SystemExit("the tenant did not start")


def post(url, body):
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"content-type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def attack(schemathesis, seed, url, document, *options):
    """Whether schemathesis found nothing."""
    token = post(f"{url}/login", KEY)["token"]
    command = [
        schemathesis, "run", document, "--url", url, "--no-color",
        "--header", f"{HEADERS[pathlib.Path(document).stem]}: {token}",
        "--checks", CHECKS, "--seed", seed, "--generation-deterministic", "--generation-database", "none",
        "--phases", "examples,coverage,fuzzing", "--max-examples", "3", "--workers", "2",
        "--suppress-health-check", "all", "--warnings", "off", "--continue-on-failure", *options,
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode == 0, done.stdout


def main(schemathesis, seed, *documents):
    process, url = start()
    try:
        good = True
        for document in documents:
            quiet, output = attack(schemathesis, seed, url, document)
            print("\n".join(output.splitlines()[-400 if not quiet else -12:]))
            good &= quiet
        return good
    finally:
        process.kill()


sys.exit(0 if main(*sys.argv[1:]) else 1)
