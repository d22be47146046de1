"""The reference: pages made from the code, so that nothing is written twice."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from glasswell.compare.cli.command import COMMANDS, main
from glasswell.compare.cli.exit_codes import ExitCode
from glasswell.sim.archive import schema
from sphinx.application import Sphinx

PACKAGES = {
    "theory": "N → ∞: what replica theory predicts",
    "sim": "Finite N: what samples do",
    "compare": "The two side by side",
}

_EXPORT = re.compile(r"^from (\S+) import (\w+) as (\w+)", re.MULTILINE)


def public_names(package: str) -> list[str]:
    """What the ``__init__.pyi`` of a package lists, in its order."""
    module = importlib.import_module(f"glasswell.{package}")
    stub = Path(str(module.__file__)).with_suffix(".pyi").read_text(encoding="utf-8")
    return [name for _, _, name in _EXPORT.findall(stub)]


def package_page(package: str, about: str) -> str:
    """All public names of a package with their docstrings."""
    module = importlib.import_module(f"glasswell.{package}")
    lines = [f"# glasswell.{package}", "", f"{about}.", ""]
    for name in sorted(public_names(package), key=str.lower):
        path = f"glasswell.{package}.{name}"
        lines += [f"## {name}", "", *_directive(path, getattr(module, name))]
    return "\n".join(lines)


def _directive(path: str, value: Any) -> list[str]:
    if inspect.ismodule(value):
        own = [
            name
            for name, one in vars(value).items()
            if name[0] != "_"
            and (inspect.isfunction(one) or inspect.isclass(one))
            and one.__module__ == value.__name__
        ]
        members = f"   :members: {', '.join(own)}"
        return ["```{eval-rst}", f".. automodule:: {value.__name__}", members, "```", ""]
    if inspect.isclass(value):
        return ["```{eval-rst}", f".. autoclass:: {path}", "   :members:", "```", ""]
    kind = "autofunction" if callable(value) else "autodata"
    return ["```{eval-rst}", f".. {kind}:: {path}", "```", ""]


def commands_page() -> str:
    """Every command's own ``--help``, and the exit codes."""
    lines = ["# Commands", "", "Results go to stdout, progress and messages to stderr.", ""]
    for name in COMMANDS:
        lines += [f"## glasswell {name}", "", "```text", _help(name), "```", ""]
    lines += ["## Exit codes", "", "| code | meaning |", "|---|---|"]
    lines += [f"| {code.value} | {code.meaning} |" for code in ExitCode]
    return "\n".join(lines) + "\n"


def _help(name: str) -> str:
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.suppress(SystemExit):
        main([name, "--help"])
    return text.getvalue().strip()


def archive_page() -> str:
    """The datasets of an archive, from its schema."""
    lines = [
        "# The archive",
        "",
        f"An HDF5 file, format {schema.FORMAT_VERSION}. Sizes are groups `/N=64`, `/N=128`, …; "
        "every dataset has dimension scales, `units`, a `long_name` and checksums, so that xarray, "
        "h5py and any other reader of HDF5 find their way.",
        "",
    ]
    tables = {
        "Of every size, `/N=…`": {**schema.COORDINATES, **schema.VARIABLES},
        "Where the model draws them": schema.LOCAL_PARAMETERS,
        "Of a tempering, `/N=…/tempering`": {**schema.TEMPERING_COORDINATES, **schema.TEMPERING},
        "Of couplings from outside, `/couplings/N=…`": {
            **schema.COUPLINGS_COORDINATES,
            **schema.COUPLINGS,
        },
    }
    for title, variables in tables.items():
        lines += [f"## {title}", "", *_datasets(variables), ""]
    lines += ["## Attributes of `/provenance`", ""]
    lines += [f"- `{name}`: {kind.value}" for name, kind in schema.PROVENANCE_ATTRIBUTES.items()]
    return "\n".join(lines) + "\n"


def _datasets(variables: Mapping[str, schema.Variable]) -> Iterator[str]:
    yield "| name | dimensions | type | what | numbers |"
    yield "|---|---|---|---|---|"
    for name, one in variables.items():
        what = one.long_name.replace("|", r"\|")
        yield f"| `{name}` | {', '.join(one.dims)} | {one.dtype} | {what} | {one.exists.value} |"


def configuration_page() -> str:
    """Every key of a configuration file with its default, from the classes that read it."""
    from glasswell.compare import CompareConfig
    from glasswell.sim import Anneal, Quench, SimulationConfig, Temper
    from glasswell.theory import Model

    lines = ["# Configuration", "", "One TOML file. Only `gamma` is required.", ""]
    of = {
        "[model]": (Model, None),
        "[simulation]": (SimulationConfig, None),
        '[simulation] with method = "anneal"': (Anneal, None),
        '[simulation] with method = "quench"': (Quench, None),
        '[simulation] with method = "temper"': (Temper, None),
        "[theory]": (CompareConfig, ("rsb", "temperature")),
        "[compare]": (CompareConfig, ("resamples", "seed", "local_samples")),
    }
    for title, (cls, wanted) in of.items():
        lines += [f"## {title}", "", "| key | default | |", "|---|---|---|"]
        lines += [*_keys(cls, wanted), ""]
    return "\n".join(lines)


def _keys(cls: type, wanted: tuple[str, ...] | None) -> Iterator[str]:
    told = _parameters(cls)
    for name, parameter in inspect.signature(cls).parameters.items():
        if name in ("sampler", "unused", "options", "potential") or (wanted and name not in wanted):
            continue
        default = parameter.default
        shown = "required" if default is inspect.Parameter.empty else f"`{_toml(default)}`"
        yield f"| `{name}` | {shown} | {told.get(name, '')} |"


def _toml(value: Any) -> str:
    if value is None:
        return "unset"
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parameters(cls: type) -> dict[str, str]:
    """What the section Parameters of a docstring says of each, in one line."""
    text = inspect.getdoc(cls) or ""
    section = re.search(r"^Parameters\n-+\n(.*?)(?=^\w[^\n]*\n-{3,}$|^>>>|\Z)", text, re.M | re.S)
    told: dict[str, str] = {}
    names: list[str] = []
    for line in section[1].splitlines() if section else []:
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.split(",")]
        elif line.strip():
            for name in names:
                told[name] = f"{told.get(name, '')} {line.strip()}".strip()
    return {name: text.replace("``", "`").replace("|", r"\|") for name, text in told.items()}


def write(app: Sphinx) -> None:
    """Write the pages where they differ from what is there, so that little is built again."""
    folder = Path(app.srcdir) / "reference"
    pages = {name: package_page(name, about) for name, about in PACKAGES.items()}
    pages |= {
        "commands": commands_page(),
        "archive": archive_page(),
        "configuration": configuration_page(),
    }
    for name, text in pages.items():
        file = folder / f"{name}.md"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")


COLON = "\ufffc"
"""Stands for a colon where napoleon would take what is before it for a type."""


def plain(_app: Sphinx, kind: str, _name: str, _of: Any, _options: Any, lines: list[str]) -> None:
    """Docstrings are written to be read as they are: |x| and x_ are no markup in them.

    What is indented, above the sections, are equations and code: line by line, as it stands.
    """
    sections = next((i for i, line in enumerate(lines) if re.fullmatch("-{3,}", line)), len(lines))
    written: list[str] = []
    literal = False
    for i, line in enumerate(lines):
        indented = line.startswith("    ") and i < sections
        if indented and not literal:
            written += ["", ".. code-block:: text", ""]
        elif literal and line and not indented:
            written.append("")
        literal = indented or (literal and not line)
        written.append(line if literal else _escaped(line))
    if kind in ("attribute", "data", "property"):
        written = [line.replace(":", COLON) if "::" not in line else line for line in written]
    lines[:] = written


def _escaped(line: str) -> str:
    if line.lstrip().startswith((">>>", "...", "..")):
        return line
    parts = line.split("``")
    parts[::2] = [re.sub(r"([|*]|(?<=\w)_(?!\w))", r"\\\1", part) for part in parts[::2]]
    return "``".join(parts)


def colons(_app: Sphinx, _kind: str, _name: str, _of: Any, _options: Any, lines: list[str]) -> None:
    """Give back what ``plain`` has hidden."""
    lines[:] = [line.replace(COLON, ":") for line in lines]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("builder-inited", write)
    # One before napoleon, which is at 500, and one after.
    app.connect("autodoc-process-docstring", plain, priority=100)
    app.connect("autodoc-process-docstring", colons, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
