"""Where an archive's numbers come from: collected before the run, stored with the result."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

from glasswell.theory.model import Model, model_table

from ..archive.identity import config_hash
from ..archive.layout import Provenance
from ..backend import devices, kernels
from ..config import SimulationConfig, as_toml
from ..minima import collect
from ..sample import scales
from ..samplers.contract import plain


def describe(
    model: Model, config: SimulationConfig, *, device: str, config_text: str | None = None
) -> Provenance:
    """The provenance of a simulation that is about to run.

    Raises
    ------
    DeviceError
        If the device is not there.
    """
    where = devices.describe(device)
    hashed = config_hash(
        model_table(model),
        config.table(),
        device=where,
        kernels=_kernels(device, model),
        version=version("glasswell"),
    )
    return Provenance(
        model=model,
        config=config,
        config_text=config_text if config_text is not None else as_toml(model, config),
        device=where,
        versions=_versions(device, model),
        settings=_settings(model, config, device),
        config_hash=hashed,
    )


def _kernels(device: str, model: Model) -> str:
    """Which kernels columns move by: they differ in rounding, and chaos does the rest.

    Where G is no polynomial its own code runs, and compiled is the rest of a Langevin step.
    """
    v = devices.resolve(device).empty(0)
    names = dict.fromkeys((kernels.best(v, polynomial=model.polynomial), kernels.best(v)))
    return ", ".join(names)


def _versions(device: str, model: Model) -> dict[str, str]:
    packages = ["glasswell", "numpy", "scipy", "h5py"]
    if "numba" in _kernels(device, model):
        packages.append("numba")
    found = {name: version(name) for name in packages}
    if device == "cuda":
        import cupy

        found["cupy"] = str(cupy.__version__)
    return {**found, "python": platform.python_version()}


def _settings(model: Model, config: SimulationConfig, device: str) -> dict[str, Any]:
    """Numbers that the run derives or fixes by itself, so that the archive says what they were."""
    return {
        "kernels": _kernels(device, model),
        "temperature_unit": scales.temperature(model),
        "transition_temperature": scales.transition_temperature(model),
        **plain(config.sampler.settings(model, config.sizes), f"{config.method} settings"),
        "gradient_tolerance": scales.gradient_tolerance(model),
        "hit_energy_tolerance": collect.SAME_ENERGY,
        "hit_distance_tolerance": collect.SAME_PLACE,
    }
