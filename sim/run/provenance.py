"""Where an archive's numbers come from: collected before the run, stored with the result."""

from __future__ import annotations

import importlib
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Any

from glasswell.theory.model import Model, model_table
from threadpoolctl import threadpool_info

from ..archive.layout import Provenance, Stage
from ..archive.sample_hash import config_hash, with_history
from ..backend import devices, kernels
from ..config import SimulationConfig, as_toml
from ..config.part import WHOLE, Part
from ..minima import collect
from ..sample import scales
from ..samplers import prolonged
from ..samplers.base import Sampler
from ..samplers.contract import plain

OR = " or "
"""Between versions of one package, where samples were made with several."""


def describe(
    model: Model,
    config: SimulationConfig,
    *,
    device: str,
    config_text: str | None = None,
    part: Part = WHOLE,
    earlier: Sequence[Stage] = (),
) -> Provenance:
    """The provenance of a simulation that is about to run.

    Parameters
    ----------
    part
        Which of the samples it makes.
    earlier
        Stages of the archive that it goes on from.

    Raises
    ------
    DeviceError
        If the device is not there.
    """
    where, here = devices.describe(device), versions(device, model)
    stages = (*earlier, Stage(config, here))
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
        versions=here,
        settings=_settings(model, config, device, stages),
        config_hash=with_history(hashed, [prolonged.lengths(s.config.sampler) for s in stages]),
        stages=stages,
        part=part,
    )


def made_with(provenance: Provenance, each: Sequence[Mapping[str, str]]) -> Provenance:
    """The provenance with what its last stage was made with: the same as here if nothing was."""
    *earlier, last = provenance.stages
    stages = (*earlier, replace(last, versions=joined(each or [last.versions])))
    return replace(provenance, versions=joined(one.versions for one in stages), stages=stages)


def _kernels(device: str, model: Model) -> str:
    """Which kernels columns move by: they differ in rounding, and chaos does the rest.

    Where G is no polynomial its own code runs, and compiled is the rest of a Langevin step.
    """
    v = devices.resolve(device).empty(0)
    names = dict.fromkeys((kernels.best(v, polynomial=model.polynomial), kernels.best(v)))
    return ", ".join(names)


def versions(device: str, model: Model) -> dict[str, str]:
    """What decides on last bits, here and now: packages, and the linear algebra with its kernels.

    The kernels of a BLAS are chosen for the processor, so that two machines with the same
    packages can differ.
    """
    packages = ["glasswell", "numpy", "scipy", "h5py"]
    if "numba" in _kernels(device, model):
        packages.append("numba")
    found = {name: version(name) for name in packages}
    if device == "cuda":
        import cupy

        found["cupy"] = str(cupy.__version__)
    return {**found, "python": platform.python_version(), "blas": _blas()}


def _blas() -> str:
    """Name, version and kernels of the libraries behind products, such as "openblas 0.3 Zen"."""
    # NumPy and SciPy may have a library each; both must be loaded to be seen.
    importlib.import_module("scipy.linalg")
    libraries = [info for info in threadpool_info() if info.get("user_api") == "blas"]
    described = {
        " ".join(str(info.get(key) or "") for key in ("internal_api", "version", "architecture"))
        for info in libraries
    }
    return ", ".join(sorted(" ".join(text.split()) for text in described)) or "unknown"


def joined(each: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The versions of several machines by name, all that differ beside each other."""
    found: dict[str, list[str]] = {}
    for versions_ in each:
        for name, text in versions_.items():
            seen = found.setdefault(name, [])
            seen += [one for one in text.split(OR) if one not in seen]
    return {name: OR.join(seen) for name, seen in found.items()}


def difference(one: Mapping[str, str], other: Mapping[str, str]) -> str:
    """What differs, such as "numpy 2.4.0 or 2.3.1"; empty where nothing does."""
    both = joined([one, other])
    names = [name for name in both if one.get(name) != other.get(name)]
    return ", ".join(f"{name} {both[name]}" for name in names)


def _settings(
    model: Model, config: SimulationConfig, device: str, stages: Sequence[Stage]
) -> dict[str, Any]:
    """Numbers that the run derives or fixes by itself, so that the archive says what they were."""
    own = config.sampler.settings(model, config.sizes)
    for N in config.sizes:
        own = prolonged.settings(own, samplers_of(stages, N), N)
    return {
        "kernels": _kernels(device, model),
        "temperature_unit": scales.temperature(model),
        "transition_temperature": scales.transition_temperature(model),
        **plain(own, f"{config.method} settings"),
        "gradient_tolerance": scales.gradient_tolerance(model),
        "hit_energy_tolerance": collect.SAME_ENERGY,
        "hit_distance_tolerance": collect.SAME_PLACE,
    }


def samplers_of(stages: Sequence[Stage], N: int) -> list[Sampler]:
    """Those that samples of one size have seen, each with its options of the time."""
    return [stage.config.sampler for stage in stages if N in stage.config.sizes]
