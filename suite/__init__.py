"""glasswell: replica theory of a glass, and the simulation of finite samples, side by side.

``glasswell.theory`` solves N → ∞, ``glasswell.sim`` simulates finite N, ``glasswell.compare``
holds one against the other.
"""

from importlib.metadata import version

__version__ = version("glasswell")
