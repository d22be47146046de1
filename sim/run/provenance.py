"""Where an archive's numbers come from: collected before the run, stored with the result."""

from __future__ import annotations

import platform
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from glasswell.theory.model import Model, model_table

from ..archive.identity import config_hash
from ..archive.layout import Provenance
from ..backend import devices, kernels
from ..config import SimulationConfig, as_toml
from ..minima import collect
from ..sample import scales
from ..samplers import mirror_moves, starts, step_size, temper


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
        asdict(config),
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
    """Which kernels columns move by: they differ in rounding, and chaos does the rest."""
    return kernels.best(devices.resolve(device).empty(0), polynomial=model.polynomial)


def _versions(device: str, model: Model) -> dict[str, str]:
    packages = ["glasswell", "numpy", "scipy", "h5py"]
    if _kernels(device, model) == "numba":
        packages.append("numba")
    found = {name: version(name) for name in packages}
    if device == "cuda":
        import cupy

        found["cupy"] = str(cupy.__version__)
    return {**found, "python": platform.python_version()}


def _settings(model: Model, config: SimulationConfig, device: str) -> dict[str, Any]:
    """Numbers that the run derives or fixes by itself, so that the archive says what they were."""
    T = scales.temperature(model)
    dynamics: dict[str, Any] = {}
    # Where sites differ, the stiffest of every sample sets its time step and friction.
    if not model.random:
        frequency = scales.fastest_frequency(model, config.start_temperature * T)
        dynamics = {
            "time_step": starts.TIME_STEP / frequency,
            "friction": config.friction * frequency,
        }
    tempering: dict[str, Any] = {}
    if config.method == "temper":
        plans = {str(N): temper.plan_of(config, N) for N in config.sizes}
        tempering = {
            "sweeps": {N: plan.sweeps for N, plan in plans.items()},
            "burn_in": {N: plan.burn_in for N, plan in plans.items()},
            "target_acceptance": step_size.TARGET,
            "ladder_samples": temper.PILOTS if config.temperatures is None else 0,
        }
    return {
        **tempering,
        "kernels": _kernels(device, model),
        "temperature_unit": T,
        "transition_temperature": scales.transition_temperature(model),
        **dynamics,
        "noise_every": starts.NOISE_EVERY,
        "mirror_moves": starts.MIRROR_MOVES if mirror_moves.needed(model) else 0,
        "steps": {str(N): starts.steps_of(config, N) for N in config.sizes},
        "gradient_tolerance": scales.gradient_tolerance(model),
        "hit_energy_tolerance": collect.SAME_ENERGY,
        "hit_distance_tolerance": collect.SAME_PLACE,
    }
