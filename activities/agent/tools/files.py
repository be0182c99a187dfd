"""The agent's file tools, run in its sandbox: `python3 -c TEXT NAME ARGUMENTS`, with the arguments as base64 of JSON."""

import base64
import json
import os
import sys

MOST_MATCHES = 40
MOST_LINE = 400


class Complaint(Exception):
    """What the agent is told instead of a result."""


def read_file(path, page, characters):
    parts = pages(text_of(path), characters)
    if not 1 <= page <= len(parts):
        raise Complaint(f"{path} has pages 1 to {len(parts)}, there is no page {page}")
    print(f"[{path}, page {page} of {len(parts)}]")
    print(parts[page - 1], end="")


def pages(text, characters):
    """Whole lines as long as they fit; a line that is longer than a page is cut."""
    found, page = [], ""
    for line in text.splitlines(keepends=True):
        while line:
            if page and len(page) + len(line) > characters:
                found.append(page)
                page = ""
            page += line[:characters]
            line = line[characters:]
    return [*found, page] if page or not found else found


def search_file(path, query):
    found = []
    wanted = query.casefold()
    for file in files_of(path):
        try:
            lines = text_of(file).splitlines()
        except Complaint:
            continue
        for number, line in enumerate(lines, 1):
            if wanted in line.casefold():
                found.append(f"{file}:{number}: {around(line, wanted)}")
    print("\n".join(found[:MOST_MATCHES]) if found else f"nothing in {path} holds {query!r}")
    if len(found) > MOST_MATCHES:
        print(f"[{len(found) - MOST_MATCHES} more; ask for something rarer]")


def files_of(path):
    if os.path.isdir(path):
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (os.path.normpath(os.path.join(folder, name)) for name in sorted(names))
    else:
        text_of(path)
        yield path


def around(line, wanted):
    at = max(0, line.casefold().find(wanted) - MOST_LINE // 2)
    return ("…" if at else "") + line[at : at + MOST_LINE].strip() + ("…" if at + MOST_LINE < len(line) else "")


def write_file(path, content, append):
    folder = os.path.dirname(path)
    if folder:
        os.makedirs(folder, exist_ok=True)
    with open(path, "a" if append else "w", encoding="utf-8", newline="") as file:
        file.write(content)
    print(f"{'appended to' if append else 'wrote'} {path}, {os.path.getsize(path)} bytes")


def edit_file(path, old, new, all):
    text = text_of(path)
    count = text.count(old)
    if count == 0:
        raise Complaint(f"{path} does not hold the text to replace; it must be given exactly, white space included")
    if count > 1 and not all:
        raise Complaint(f"{path} holds the text to replace {count} times; give more of what is around it, or set all")
    write_whole(path, text.replace(old, new))
    print(f"replaced {count} time{'s' if count > 1 else ''} in {path}")


def write_whole(path, text):
    """Aside and renamed: a call that is cut leaves the file as it was."""
    aside = f"{path}.edit"
    with open(aside, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    os.chmod(aside, os.stat(path).st_mode)
    os.replace(aside, path)


def text_of(path):
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError:
        raise Complaint(f"{path} is not text") from None


def main(name, arguments):
    tools = {tool.__name__: tool for tool in (read_file, search_file, write_file, edit_file)}
    try:
        tools[name](**json.loads(base64.b64decode(arguments)))
    except Complaint as complaint:
        print(complaint)
        return 1
    except OSError as error:
        print(f"{error.filename or ''}: {error.strerror}")
        return 1
    return 0


sys.exit(main(*sys.argv[1:]))
