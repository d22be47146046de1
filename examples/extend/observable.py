# %% [markdown]
# # An observable of one's own
#
# The mean cavity field [|h|] is predicted by every theory's P(h), as ∫ |h| P(h) dh. How many sites
# take part in the displacements, ([v²])²/[v⁴] of each sample, no theory is asked for: it is shown,
# and not judged. Replica symmetry is stable at γ = 2, J0 = 3, and exact as N → ∞.
#
#     python examples/extend/observable.py [DIR]
#
# takes a few seconds; the report in DIR has both as rows of its table.

# %%
import argparse
from pathlib import Path

import numpy as np
from glasswell.compare import CompareConfig, LowestStates, Observable, compare, write_report
from glasswell.sim import SimulationConfig, simulate
from glasswell.theory import Limit, Model, Theory


def mean_field(states: LowestStates) -> np.ndarray:
    """|h| of each sample, (S,); arrays of sites are (S, N)."""
    return np.abs(states.field).mean(axis=1)


def mean_field_of_theory(theory: Theory) -> Limit:
    """∫ |h| P(h) dh; ``limit_of`` takes it to k → ∞ for full replica-symmetry breaking."""
    h = np.linspace(-40.0, 40.0, 8001)
    return theory.limit_of(lambda s: float(np.trapezoid(np.abs(h) * s.field_density(h), h)))


def participation(states: LowestStates) -> np.ndarray:
    v2, v4 = ((states.displacement**n).mean(axis=1) for n in (2, 4))
    return v2**2 / v4


OBSERVABLES = (
    Observable(
        name="mean cavity field [|h|]",
        key="mean_field",
        measured=mean_field,
        predicted=mean_field_of_theory,
        extrapolate="stable",
    ),
    Observable(name="participation ratio of v", key="participation", measured=participation),
)

# %%
if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="an observable of one's own")
    parser.add_argument("folder", metavar="DIR", nargs="?", default="observable")
    (folder := Path(parser.parse_args().folder)).mkdir(exist_ok=True)
    config = SimulationConfig(sizes=(32, 64), samples=60, starts=2, states=1, method="quench")
    archive = simulate(Model(gamma=2.0, J0=3.0), config, folder / "samples.h5", overwrite=True)
    comparison = compare(archive, CompareConfig(rsb=(0,)), observables=OBSERVABLES)
    for row in comparison.rows[-2:]:
        print(row.name, row.where, row.measured, *(p.value for p in row.predictions))
    print(write_report(comparison, folder).page)
