# %% [markdown]
# # Double wells among the local potentials
#
# Densities of the tunnelling exponent λ and of the asymmetry Δ per site at γ = 10, J0 = 0, T = 0,
# with 0, 1 and 5 steps of replica-symmetry breaking. λ ends in an integrable divergence, where the
# field h vanishes, and Δ in a cusp, where the second well does. All quantities are functions of
# the one random field h, so that Δ and λ of a site are tied to each other.
#
#     python examples/double_wells.py [FILE.png]
#
# takes ten seconds.

# %%
import argparse

import numpy as np
from glasswell.compare import columns, meter
from glasswell.theory import Model, plots, solve
from matplotlib.figure import Figure

parser = argparse.ArgumentParser(description="double wells among the local potentials")
parser.add_argument("output", metavar="FILE.png", nargs="?", default="double_wells.png")
arguments = parser.parse_args()

model, solutions = Model(gamma=10.0), []
with meter("double wells", "solution") as progress:
    for n, rsb in enumerate((0, 1, 5)):
        progress(n, 3)
        solutions.append(solve(model, rsb))

table: list[tuple[str, ...]] = [("", "fraction", "P0", "P_k(0)", "mean V", "mean Δ", "mean λ")]
for s in solutions:
    means = (f"{s.wells.mean(name):.4g}" for name in ("barrier", "asymmetry", "exponent"))
    numbers = f"{s.wells.fraction:.6f}", f"{s.wells.P0:.4e}", f"{float(s.field_density(0.0)):.5f}"
    table.append((s.name, *numbers, *means))
print(*columns(table, at=(">6", ">12", ">12", *[">10"] * 4), gap=""), sep="\n")


# %%
def draw() -> Figure:
    figure = plots.blank(10, 7.6)
    axes = figure.subplots(2, 2)
    for s in solutions:
        s.plot_fields(axes[0, 0])
        for name, ax in (("exponent", axes[0, 1]), ("asymmetry", axes[1, 0])):
            low, high = s.wells.support(name)
            # Chebyshev points crowd at the edges, where the densities are singular.
            x = low + (high - low) * (1 - np.cos(np.pi * (np.arange(600) + 0.5) / 600)) / 2
            ax.semilogy(x, s.wells.pdf(name, x), label=s.name)
        curve = s.wells.curve()
        axes[1, 1].plot(curve.exponent, curve.asymmetry, label=s.name)
    axes[0, 0].set_title("cavity fields; dashed where $v^*$ jumps", fontsize=10)
    axes[0, 0].set_xlim(0, None)
    axes[0, 1].set(xlabel=r"tunnelling exponent $\lambda$", ylabel=r"$P(\lambda)$ per site")
    axes[1, 0].set(xlabel=r"asymmetry $\Delta$", ylabel=r"$P(\Delta)$ per site")
    axes[1, 1].set(xlabel=r"$\lambda$", ylabel=r"$\Delta$")
    for ax in axes.flat:
        ax.legend()
    return figure


plots.save(draw, arguments.output)
