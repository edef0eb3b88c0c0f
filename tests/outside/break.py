"""Writes copies of the documents that each lack one thing that OpenAPI requires: python3 break.py FOLDER DOCUMENT…"""

import json
import pathlib
import sys


def operation(document):
    path = next(path for path in document["paths"] if "{" in path)
    return next(iter(document["paths"][path].values()))


def no_version(document):
    del document["info"]["version"]


def no_responses(document):
    del operation(document)["responses"]


def no_path_parameter(document):
    operation(document)["parameters"] = []


def no_schema(document):
    document["components"]["schemas"].pop(next(iter(sorted(referred(document)))))


def referred(value):
    """The names of the schemas that are referred to."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rsplit("/", 1)[1]
        for member in value.values():
            yield from referred(member)
    elif isinstance(value, list):
        for item in value:
            yield from referred(item)


def main(folder, documents):
    pathlib.Path(folder).mkdir(parents=True)
    for name in documents:
        for damage in (no_version, no_responses, no_path_parameter, no_schema):
            document = json.loads(pathlib.Path(name).read_text(encoding="utf-8"))
            damage(document)
            copy = pathlib.Path(folder, f"{pathlib.Path(name).stem}-{damage.__name__}.json")
            copy.write_text(json.dumps(document), encoding="utf-8")


main(sys.argv[1], sys.argv[2:])
