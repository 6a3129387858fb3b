"""``python -m vmr password NAME --file FILE``: a login for ``app.py --auth FILE``."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from pathlib import Path

from argon2 import PasswordHasher

from vmr.errors import VmrError

SHORTEST = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The name of a visitor; the password is asked for and never shown."""
    parser.add_argument("name", metavar="NAME")
    parser.add_argument(
        "--file", type=Path, required=True, metavar="FILE", help="the line is added to this file"
    )


def run(args: argparse.Namespace) -> int:
    """Add ``name:hash`` to the file, which only its owner can read if it is new."""
    if not args.name.isprintable() or ":" in args.name or args.name.startswith("#"):
        raise VmrError("password.name")
    line = f"{args.name.strip()}:{PasswordHasher().hash(ask())}\n"
    with os.fdopen(os.open(args.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
        file.write(line)
    print(f"{args.name.strip()} may log in: python app.py --auth {args.file}")
    return 0


def ask() -> str:
    """A password, typed twice on a terminal, or the first line of what is piped in."""
    if not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = getpass.getpass("password: ")
        if getpass.getpass("again: ") != password:
            raise VmrError("password.differs")
    if len(password) < SHORTEST:
        raise VmrError("password.short", count=SHORTEST)
    return password
