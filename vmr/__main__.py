"""``python -m vmr COMMAND``: each is a module of vmr.commands, imported only when called."""

from __future__ import annotations

import argparse
import importlib
import os
import select
import sys
from collections.abc import Sequence

from vmr import __version__
from vmr.errors import VmrError

COMMANDS = {
    "search": "rank a catalog's music for one video",
    "render": "lay music under a video and write an mp4",
    "cues": "music for a whole film: where it changes, which tracks, where they begin",
    "timeline": "a film with its cues for an editing program, or its cue sheet",
    "index": "embed a folder of music or of videos",
    "catalog": "fetch the audio of a catalog that has a recipe, or check one",
    "extract": "compute and cache the frozen features of media files",
    "train": "train a model on pairs of video and music",
    "evaluate": "measure a checkpoint over the whole slider",
    "reproduce": "repeat the published study from raw features",
    "train-starter": "remake the bundled checkpoint",
    "judge": "check a checkpoint on clips judged by hand",
    "audit": "check and export the log of what was done, measure what is shown",
    "plan": "effort, machines and cost of a catalog, to print for a board",
    "adapt": "teach a checkpoint your labels and corrections",
    "password": "make a line of the file that app.py --auth reads",
    "benchmark": "time the stages of a query",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 for an error that is said, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="vmr", description="Choose music for video.")
    parser.add_argument("--version", action="version", version=f"vmr {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    arguments = list(sys.argv[1:] if argv is None else argv)
    for name, summary in COMMANDS.items():
        sub = subparsers.add_parser(name, help=summary, description=summary.capitalize() + ".")
        if arguments[:1] == [name]:
            module = importlib.import_module(f"vmr.commands.{name.replace('-', '_')}")
            module.add_arguments(sub)
            sub.set_defaults(run=module.run)
    args = parser.parse_args(arguments)
    try:
        status = int(args.run(args))
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        if not _nobody_reads():
            raise
        return 0
    except VmrError as error:
        print(f"vmr {args.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; what was finished is kept", file=sys.stderr)
        return 130


def _nobody_reads() -> bool:
    """Whether the reader of standard output has gone, as `head` does; the rest goes nowhere."""
    pipe = select.poll()
    pipe.register(sys.stdout.fileno(), 0)
    has_gone = any(event & (select.POLLERR | select.POLLHUP) for _, event in pipe.poll(0))
    if has_gone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return has_gone


if __name__ == "__main__":
    sys.exit(main())
