# %% [markdown]
# # A potential of one's own
#
# Three methods make an on-site potential: G(v) = s (cosh v - 1), G' and G''. Theory solves it with
# and without a step of breaking, samples of it are annealed, and the two are held side by side.
#
#     python examples/extend/potential.py [FOLDER]
#
# takes a few seconds.

# %%
import argparse
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from glasswell.compare import CompareConfig, compare
from glasswell.sim import SimulationConfig, simulate
from glasswell.theory import Model, array_namespace, check_potential, solve


@dataclass(frozen=True)
class Cosh:
    """G(v) = s (cosh v - 1)."""

    s: float = 1.0

    def value(self, v: Any) -> Any:
        # cosh v - 1 would lose its digits at small v.
        return 2 * self.s * array_namespace(v).sinh(v / 2) ** 2

    def slope(self, v: Any) -> Any:
        return self.s * array_namespace(v).sinh(v)

    def curvature(self, v: Any) -> Any:
        return self.s * array_namespace(v).cosh(v)


# %%
if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="a potential of one's own")
    parser.add_argument("folder", metavar="DIR", nargs="?", default=mkdtemp())
    folder = Path(parser.parse_args().folder)
    check_potential(Cosh())  # says in one line what is wrong with a potential
    model = Model(gamma=2.0, potential=Cosh())
    for rsb in (0, 1):
        print(solve(model, rsb))

    # The archive keeps the class's name, its parameters and some values of G, but no code.
    path = folder / "cosh.h5"
    config = SimulationConfig(sizes=(16, 32), samples=24, starts=8)
    archive = simulate(model, config, path)
    for row in compare(archive, CompareConfig(rsb=(0, 1), resamples=200)).rows:
        theory = ", ".join(f"{p.theory} {p.value:.4f}" for p in row.predictions)
        print(f"{row.name}, {row.where}: samples {row.measured}, {theory}")
