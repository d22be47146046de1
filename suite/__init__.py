"""glasswell: replica theory of a glass, and the simulation of finite samples, side by side.

``glasswell.theory`` solves N → ∞, ``glasswell.sim`` simulates finite N, ``glasswell.compare``
holds one against the other.
"""

__version__: str


def __getattr__(name: str) -> str:
    """The version, looked up when it is asked for: workers start faster without it."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version(__name__)
