"""Lets schemathesis loose on the tenant in a box: python3 attack.py SCHEMATHESIS SEED DOCUMENT…

Starts the tenant, logs in, and checks every operation of the documents; then proves that a broken tenant is found out.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
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
        return json.loads(answer.read() or b"null")


def described(document):
    """A copy of the document in which every operation may refuse.

    Many operations publish no 4XX answer at all. The service refuses wrong requests to all of them, and so does the tenant.
    """
    text = pathlib.Path(document).read_text(encoding="utf-8")
    copy = json.loads(text)
    for item in copy["paths"].values():
        for operation in item.values():
            operation["responses"].setdefault("4XX", {"description": ""})
    place = pathlib.Path(tempfile.gettempdir(), f"outside-{os.getpid()}-{pathlib.Path(document).name}")
    place.write_text(json.dumps(copy), encoding="utf-8")
    return place


def attack(schemathesis, seed, url, document, *options):
    """Whether schemathesis found nothing."""
    token = post(f"{url}/login", KEY)["token"]
    place = described(document)
    command = [
        schemathesis, "run", str(place), "--url", url, "--no-color",
        "--header", f"{HEADERS[pathlib.Path(document).stem]}: {token}",
        "--checks", CHECKS, "--seed", seed, "--generation-deterministic",
        "--phases", "examples,fuzzing", "--max-examples", "4", "--workers", "2",
        "--generation-with-security-parameters", "false", "--no-shrink",
        "--suppress-health-check", "all", "--warnings", "off", "--continue-on-failure", *options,
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    place.unlink()
    return done.returncode == 0, done.stdout


def found_out(schemathesis, seed, url):
    """Whether schemathesis notices that an answer lacks what its schema requires."""
    operation, document = victim()
    method, path = operation.split(" ")
    fault = {"status": 200, "headers": {"content-type": "application/json"}, "body": "{}"}
    post(f"{url}/__tenant/faults", {"on": operation, "fault": fault})
    quiet, _ = attack(
        schemathesis, seed, url, document, "--include-path", path, "--include-method", method.upper()
    )
    if quiet:
        print(f"schemathesis finds nothing wrong with an empty answer of {operation}")
    return not quiet


def victim():
    """The first operation whose answer is an object with required members, and its document."""
    name = "spec/code.json"
    document = json.loads(pathlib.Path(name).read_text(encoding="utf-8"))
    for path, item in document["paths"].items():
        for method, operation in item.items():
            content = operation["responses"].get("200", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            if "$ref" in schema:
                schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
            if schema.get("type") == "object" and schema.get("required"):
                return f"{method.upper()} {path}", name
    raise SystemExit("no operation promises a member")


def main(schemathesis, seed, *documents):
    process, url = start()
    try:
        good = True
        for document in documents:
            quiet, output = attack(schemathesis, seed, url, document)
            print("\n".join(output.splitlines()[-400 if not quiet else -12:]))
            good &= quiet
        return good & found_out(schemathesis, seed, url)
    finally:
        process.kill()


sys.exit(0 if main(*sys.argv[1:]) else 1)
