"""The page as a Hugging Face Space: what ``app_file`` names."""

from __future__ import annotations

import os
import sys

from app import main

FLAGS = ["--host", "0.0.0.0", "--log", "json", "--no-fetch", "--no-label", "--no-metrics"]


def flags() -> list[str]:
    """The Space's own name is one that the page answers to."""
    host = os.environ.get("SPACE_HOST", "")
    return [*FLAGS, "--allow-host", host] if host else FLAGS


if __name__ == "__main__":
    sys.exit(main(flags()))
