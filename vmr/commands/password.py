"""``python -m vmr password NAME >> FILE``: a line of the file that ``app.py --auth FILE`` reads."""

from __future__ import annotations

import argparse
import getpass
import sys

from argon2 import PasswordHasher

from vmr.errors import VmrError

SHORTEST = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The name of a visitor; the password is asked for and never shown."""
    parser.add_argument("name", metavar="NAME")


def run(args: argparse.Namespace) -> int:
    """Print ``name:hash``."""
    if not args.name.isprintable() or ":" in args.name or args.name.startswith("#"):
        raise VmrError("password.name")
    print(f"{args.name.strip()}:{PasswordHasher().hash(ask())}")
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
