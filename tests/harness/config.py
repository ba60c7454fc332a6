"""Configurations of tests: the repository's, cut down."""

from __future__ import annotations

import shutil
from pathlib import Path

CATCH_ALL = "version: 1\nrules: []\ncatch_all: nurture\n"  # routing that names no source


def only(folder: Path, *sources: str, **files: str) -> Path:
    """A copy of the configuration with these sources alone. Returns its folder.

    Args:
        folder: To be made.
        files: What some files hold instead, by their names without `.yaml`.
    """
    shutil.copytree("deploy/config", folder)
    for path in (folder / "sources").iterdir():
        if path.stem not in sources:
            path.unlink()
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder
