"""The bundled configurations are what they say they are."""

from __future__ import annotations

from importlib.resources import as_file, files

import pytest
from glasswell.compare import config as compare_config
from glasswell.compare.cli.command import main
from glasswell.compare.cli.crosscheck import EXAMPLES
from glasswell.sim.config import load
from glasswell.theory import breaking


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_can_be_read(name: str) -> None:
    with as_file(files("glasswell.compare.cli") / EXAMPLES[name]) as path:
        model, config, _, table = load(path)
    settings = compare_config.parse(table)
    assert settings.rsb
    assert len(config.sizes) == 3
    if name == "khgps":
        # Beyond the line, as its comment says.
        assert model.random == ("k",)
        assert breaking(model).J == pytest.approx(0.55623, abs=1e-5)
        assert model.J > 1.5 * breaking(model).J


def test_a_file_and_an_example_are_one_too_many(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["crosscheck", "--example", "khgps", "my.toml"]) == 2
    assert "give one of them" in capsys.readouterr().err
