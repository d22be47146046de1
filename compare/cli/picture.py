"""Where a picture may be written."""

from __future__ import annotations

import argparse
from pathlib import Path

from glasswell.theory.model.errors import SolveError
from glasswell.theory.plots import canvas

from .command_line import output_name


def add_picture(parser: argparse.ArgumentParser) -> None:
    """The option that asks for a picture."""
    parser.add_argument(
        "-o", "--output", type=output_name, metavar="FILE.png", help="draw into this file"
    )


def picture(name: str | None) -> Path | None:
    """The path of the picture that was asked for, looked at before any work is done.

    Raises
    ------
    SolveError
        If its format is not known or its folder not there.
    """
    if name is None:
        return None
    path = Path(name)
    known = canvas.formats()
    if path.suffix.lstrip(".") not in known:
        raise SolveError(f"cannot draw {name}: its name must end in one of {', '.join(known)}")
    if not path.parent.is_dir():
        raise SolveError(f"cannot draw {name}: there is no folder {path.parent}")
    return path
