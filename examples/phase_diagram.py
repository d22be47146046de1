# %% [markdown]
# # The phase diagram
#
# Fig. 1 of R. Kühn and U. Horstmann, Phys. Rev. Lett. 78, 4067 (1997): the glass temperature at
# J0 = 0, and the phases at T = 0 - ergodic (E), glass (G) and polarised (P) - with the line below
# which replica symmetry breaks (AT) and the line from which local potentials are double wells.
# 1RSB is added, which moves the G–P line towards J0 = 1 and the double-well line towards larger γ.
#
#     python examples/phase_diagram.py [FILE.png]
#
# takes a minute.

# %%
import argparse
import itertools
from collections.abc import Iterable, Iterator

import numpy as np
from glasswell.compare import meter
from glasswell.theory import J0_GP, Model, gamma_DWP, phase_diagram, plots
from matplotlib.figure import Figure

parser = argparse.ArgumentParser(description="the phase diagram, Fig. 1 of the paper")
parser.add_argument("output", metavar="FILE.png", nargs="?", default="phase_diagram.png")
arguments = parser.parse_args()

model = Model(gamma=1.0)
gammas = np.concatenate([np.linspace(0.52, 1.5, 12), np.linspace(1.75, 6, 18)])
J0s = np.linspace(0.0, 2.0, 21)

with meter("phases", "point") as progress:
    followed = itertools.count(1)

    def track(values: Iterable[float]) -> Iterator[float]:
        for value in values:
            yield value
            progress(next(followed), len(gammas) + len(J0s))

    progress(0, len(gammas) + len(J0s))
    diagram = phase_diagram(model, gammas.tolist(), J0s.tolist(), track=track)
print(diagram)

# %% [markdown]
# Where breaking moves a line: only the lines in the glass, not those where it begins.

# %%
coarse = gammas[gammas > 0.55][::3]
polarising = []
with meter("1RSB", "point") as progress:
    for n, gamma in enumerate(coarse):
        progress(n, len(coarse))
        polarising.append(J0_GP(Model(gamma=gamma), rsb=1))
double_wells = gamma_DWP(model, rsb=1)
print(f"1RSB: double wells at J0 = 0 from γ = {double_wells:.6f}")


# %%
def draw() -> Figure:
    figure = plots.blank(10, 4.4)
    left, right = figure.subplots(1, 2)
    plots.plot_glass_temperature(diagram, left)
    plots.plot_ground_phases(diagram, right)
    right.plot(coarse, polarising, color="grey", label="G–P, 1RSB")
    right.plot([double_wells] * 2, [0, 1], color="#4c72b0", alpha=0.5, label="double wells (1RSB)")
    right.legend(loc="lower right")
    return figure


plots.save(draw, arguments.output)
