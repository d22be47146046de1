"""CUDA kernels where there is no GPU: they compile for one, and compute what NumPy computes."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import distributions
from typing import Any

import host_cuda
import numpy as np
import pretended_cupy
import pytest
from glasswell.sim import DeviceError
from glasswell.sim.backend import cuda, langevin_step, philox
from glasswell.sim.backend import kernels as fused
from glasswell.sim.backend.langevin_step import Bath
from glasswell.sim.sample import couplings
from glasswell.sim.sample.sites import AnyModel, LocalModel, along_sites
from glasswell.sim.samplers.langevin import Langevin
from glasswell.theory import Model
from glasswell.theory.model import EvenPolynomial
from potentials import Cosh

REALS = ["float32", "float64"]
S, N, R = 2, 70, 5
KEYS = np.asarray([[1, 2], [3, 4]])
MODELS: list[AnyModel] = [
    Model(gamma=10.0, field=0.3),
    Model(gamma=4.0, coefficients=(0.5, -0.1, 0.01)),
    LocalModel(np.linspace(1.0, 3.0, N), EvenPolynomial.quartic(1.0, np.linspace(0.5, 2.0, N))),
    LocalModel(np.linspace(1.0, 3.0, N), Model(gamma=1.0, potential=Cosh()).G, field=0.2),
]
NAMES = ["in a field", "sextic", "unlike sites", "no polynomial"]
needs_compiler = pytest.mark.skipif(host_cuda.COMPILER is None, reason="no C++ compiler")


@pytest.fixture
def cupy() -> Iterator[Any]:
    with pretended_cupy.pretended() as namespace:
        yield namespace


def _installed(*names: str) -> bool:
    there = {distribution.name for distribution in distributions()}
    return there.issuperset(names)


@pytest.mark.skipif(
    not _installed("cuda-bindings", "nvidia-cuda-nvrtc"),
    reason="needs cuda-bindings and nvidia-cuda-nvrtc, of the extra dev on Linux",
)
@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
@pytest.mark.parametrize("name", list(cuda.KERNELS))
def test_every_kernel_compiles(name: str, architecture: str) -> None:
    for dtype in REALS:
        for terms in (1, 2, 3):
            log, binary = _nvrtc(cuda.source(name), architecture, cuda.options(dtype, terms))
            assert log == ""
            for kernel in cuda.KERNELS[name]:
                assert kernel.encode() in binary
    log, _ = _nvrtc(cuda.source(name) + "\nKERNEL wrong() { undefined(); }", architecture, ())
    assert "undefined" in log
    # The compiler has written to nothing but its own.
    assert [bytes([n])[0] for n in range(256)] == list(range(256))


def _room(length: int) -> bytes:
    """Memory that NVRTC writes to, of no object that anything else has.

    Python has every one-byte object once: an empty log, written to b" ", would change what b" " is
    for the whole process.
    """
    return bytes(length + 1)


def _nvrtc(source: str, architecture: str, options: tuple[str, ...]) -> tuple[str, bytes]:
    """The compiler's log, empty where it has nothing to say, and the machine code."""
    from cuda.bindings import nvrtc

    _, program = nvrtc.nvrtcCreateProgram(source.encode(), b"kernels.cu", 0, [], [])
    told = [f"--gpu-architecture={architecture}", *options]
    (status,) = nvrtc.nvrtcCompileProgram(program, len(told), [word.encode() for word in told])
    _, length = nvrtc.nvrtcGetProgramLogSize(program)
    log = _room(length)
    nvrtc.nvrtcGetProgramLog(program, log)
    binary = b""
    if status == nvrtc.nvrtcResult.NVRTC_SUCCESS:
        _, length = nvrtc.nvrtcGetCUBINSize(program)
        binary = _room(length)
        nvrtc.nvrtcGetCUBIN(program, binary)
    return log.decode().strip("\0\n "), binary


def test_every_kernel_is_listed() -> None:
    for name, kernels in cuda.KERNELS.items():
        assert tuple(host_cuda.declarations(cuda.source(name))) == kernels
        # No compiler needs to know of encodings.
        assert cuda.source(name).isascii()


def _arrays(dtype: str) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [(3.0 * rng.standard_normal((S, N, R))).astype(dtype) for _ in range(3)]


@needs_compiler
@pytest.mark.parametrize("model", MODELS, ids=NAMES)
@pytest.mark.parametrize(("dtype", "rounding"), [("float64", 1e-13), ("float32", 2e-5)])
def test_a_langevin_step(cupy: Any, model: AnyModel, dtype: str, rounding: float) -> None:
    v, p, Jv = _arrays(dtype)
    device = [cupy.asarray(x) for x in (v, p, Jv)]
    plain = langevin_step.choose(along_sites(model, v), v, KEYS, 0.05, "reference")
    on_device = along_sites(model, device[0])
    fast = langevin_step.choose(on_device, device[0], KEYS, 0.05)
    assert fast.name == "cupy"
    plain.kick_drift(v, p, Jv.copy())
    fast.kick_drift(device[0], device[1], cupy.asarray(Jv))
    for got, expected in zip(device, (v, p), strict=False):
        np.testing.assert_allclose(got.get(), expected, rtol=rounding, atol=rounding)
    bath = Bath(first=0.02, drag=0.8, strength=0.7, second=0.03, number=6)
    plain.heat_bath(v, p, Jv, bath)
    fast.heat_bath(device[0], device[1], device[2], bath)
    for got, expected in zip(device, (v, p), strict=False):
        np.testing.assert_allclose(got.get(), expected, rtol=rounding, atol=1e-5)


@needs_compiler
def test_the_same_normals(cupy: Any) -> None:
    """Alone: no force, no momentum before."""
    v = np.zeros((S, N, R))
    device = [cupy.asarray(v) for _ in range(3)]
    kernels = langevin_step.choose(Model(gamma=1.0), device[0], KEYS, 0.05)
    kernels.heat_bath(device[0], device[1], device[2], Bath(0.0, 0.0, 1.0, 0.0, 9))
    np.testing.assert_allclose(device[1].get(), philox.normals(KEYS, 9, v), atol=1e-5)


@needs_compiler
@pytest.mark.parametrize("model", MODELS[:3], ids=NAMES[:3])
def test_a_leapfrog_step(cupy: Any, model: Any) -> None:
    v, p, Jv = _arrays("float64")
    own: Any = along_sites(model, v)
    kick, drift = np.random.default_rng(1).uniform(0.01, 0.2, (2, S, R))
    device = [cupy.asarray(x) for x in (v, p, Jv, kick, drift)]
    plain, fast = fused.reference(own), fused.choose(own, device[0])
    assert fast.name == "cupy"
    for got, expected in zip(fast.energies(*device[:3]), plain.energies(v, p, Jv), strict=True):
        np.testing.assert_allclose(got.get(), expected, rtol=1e-12)
    plain.kick_drift(v, p, Jv, kick, drift)
    fast.kick_drift(*device)
    for got, expected in zip(device, (v, p), strict=False):
        np.testing.assert_allclose(got.get(), expected, rtol=1e-13, atol=1e-13)


@needs_compiler
@pytest.mark.parametrize("noise_every", [1, 4])
def test_a_step_of_the_anneal_is_two_launches(cupy: Any, noise_every: int) -> None:
    """One product and one kernel, noise included, and nothing comes back to the host."""
    model, steps = Model(gamma=10.0), 8
    J = couplings.batch(model, N, seed=1, samples=[0, 1])
    how: dict[str, Any] = {"time_step": 0.1, "friction": 0.5, "noise_every": noise_every}
    start, T = _arrays("float64")[0], [3.0] * steps
    run = Langevin(cupy.asarray(start), cupy.asarray(J), model, T, keys=KEYS, **how)
    pretended_cupy.counts.clear()
    run.advance(steps)
    launches = pretended_cupy.counts.launches
    assert len(launches) == 2 * steps
    assert launches.count("matmul") == steps
    assert launches.count("heat_bath") == steps // noise_every
    assert pretended_cupy.counts.transfers == []
    expected = Langevin(start, J, model, T, keys=KEYS, kernels="reference", **how)
    expected.advance(steps)
    np.testing.assert_allclose(run.v.get(), expected.v, atol=1e-4)
    # Negative control: in array operations it is not so.
    plain = Langevin(
        cupy.asarray(start), cupy.asarray(J), model, T, keys=KEYS, kernels="reference", **how
    )
    pretended_cupy.counts.clear()
    plain.advance(steps)
    assert len(pretended_cupy.counts.launches) > 8 * steps


def test_refusals() -> None:
    with pytest.raises(DeviceError, match="float32 and float64"):
        cuda.kernels("langevin", np.float16, 2)
    with pytest.raises(DeviceError, match="fewer samples or starts"):
        cuda.Launcher({}).launch("kick_drift", 2**40)
