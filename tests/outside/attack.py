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
# How many cases each operation gets at most. More find more, and take longer.
EXAMPLES = os.environ.get("PRISMA_CLOUD_ATTACK_EXAMPLES", "8")
# The document of the negative controls.
CONTROLS = "spec/code.json"
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


def overlapping(value):
    """The object with alternatives that may overlap."""
    if isinstance(value.get("oneOf"), list) and "anyOf" not in value:
        value["anyOf"] = value.pop("oneOf")
    return value


def described(document):
    """A copy of the document in which every operation may refuse, and a file may be of any kind.

    Many operations publish no 4XX answer at all. The service refuses wrong requests to all of them, and so does the tenant.
    Files are documented as bytes; they come as what they are, a table or JSON. Some alternatives overlap, as those of time
    ranges do: a value that fits several is as good as one that fits one.
    """
    text = pathlib.Path(document).read_text(encoding="utf-8")
    copy = json.loads(text, object_hook=overlapping)
    for item in copy["paths"].values():
        for operation in item.values():
            operation["responses"].setdefault("4XX", {"description": ""})
            for response in operation["responses"].values():
                if "application/octet-stream" in response.get("content", {}):
                    response["content"] = {"*/*": {}}
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
        "--checks", CHECKS, "--seed", seed, "--generation-database", "none",
        # One worker: the tenant remembers, so that the order of requests decides what later ones find.
        "--phases", "examples,fuzzing", "--max-examples", EXAMPLES, "--workers", "1",
        "--generation-with-security-parameters", "false", "--no-shrink",
        "--suppress-health-check", "all", "--warnings", "off", "--continue-on-failure", *options,
    ]
    # Elsewhere, because it remembers past findings where it is started.
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            command, cwd=scratch, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    place.unlink()
    return done.returncode == 0, done.stdout


def titles(output):
    """The kinds of findings that schemathesis lists."""
    return set(re.findall(r"^- (ST[0-9]+ [^(\n]*[^( \n])", output, re.MULTILINE))


def found_out(schemathesis, seed, url):
    """Whether schemathesis is content with some operations, and names what is wrong once their answers are damaged."""
    answering = victims(promised)[:4]
    damages = [
        (answering[0], 200, "application/json", "{}", "ST108 Response violates schema"),
        (answering[1], 200, "text/html", "<html></html>", "ST105 Undocumented Content-Type"),
        (answering[2], 202, "application/json", "{}", "ST103 Undocumented status code"),
        (answering[3], 503, "text/plain", "", "ST101 Server error"),
        (victims(strict)[0], 204, "text/plain", "", "ST201 Schema-violating request accepted"),
    ]
    paths = [word for operation, *_ in damages for word in ("--include-path", operation.split(" ")[1])]
    quiet, output = attack(schemathesis, seed, url, CONTROLS, *paths)
    if not quiet:
        print(f"negative controls, without a fault:\n{output}")
    for operation, status, kind, body, _ in damages:
        fault = {"status": status, "headers": {"content-type": kind}, "body": body}
        post(f"{url}/__tenant/faults", {"on": operation, "fault": fault})
    _, output = attack(schemathesis, seed, url, CONTROLS, *paths)
    # Each part begins with a line like "____ GET /path ____".
    parts = re.split(r"^_+ ([A-Z]+ /\S*) _+$", output, flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2]))
    for operation, status, kind, _, expected in damages:
        if f"- {expected}" not in found.get(operation, ""):
            print(f"negative control: {expected!r} is not said of {operation}, which answers {status} {kind}\n{output}")
            quiet = False
    return quiet


def victims(wanted):
    """The operations of the controls' document that are like that, one for each path."""
    document = json.loads(pathlib.Path(CONTROLS).read_text(encoding="utf-8"))
    found = [
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if len(item) == 1 and wanted(operation, document["components"]["schemas"])
    ]
    if not found:
        raise SystemExit(f"{CONTROLS} has no operation for a negative control")
    return found


def promised(operation, schemas):
    """Whether the answer is an object with required members."""
    content = operation["responses"].get("200", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    return schema.get("type") == "object" and bool(schema.get("required"))


def strict(operation, _):
    """Whether a body is required, and the answer is empty."""
    return "204" in operation["responses"] and operation.get("requestBody", {}).get("required", False)


def main(schemathesis, seed, *documents):
    schemathesis = os.path.abspath(schemathesis)
    process, url = start()
    try:
        print(f"schemathesis: seed {seed}, at most {EXAMPLES} cases for each operation", flush=True)
        good = True
        for document in documents:
            quiet, output = attack(schemathesis, seed, url, document)
            print("\n".join(output.splitlines()[-400 if not quiet else -12:]))
            good &= quiet
        return good & found_out(schemathesis, seed, url)
    finally:
        process.kill()


sys.exit(0 if main(*sys.argv[1:]) else 1)
