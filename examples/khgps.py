# %% [markdown]
# # Where replica symmetry breaks if stiffness is random
#
# The KHGPS model: stiffnesses k_i uniform between 0.5 and 1, in a field H. At T = 0 replica
# symmetry breaks on a line J_c(H), in one of two ways (Bouchbinder et al., arXiv:2012.11558): in a
# weak field the replicon vanishes, soft modes extend over all sites and D(ω) ~ ω²; in a strong one
# the softest sites begin to have two wells, and modes on these sites have D(ω) ~ ω⁴. The first
# picture is the line with the point between.
#
# Samples of N sites stand at three distances from the line, in a weak and in a strong field: they
# fall into a minimum from v = 0, and their Hessian is diagonalised. Below the line λ_min is beside
# the gap of the theory, on it the exponent of D(ω) and the participation of the softest modes,
# and above it P(h), measured site by site, beside that of replica symmetry.
#
#     python examples/khgps.py [FILE.png] [--sites N] [--samples S]
#
# takes a minute or two; N up to 512.

# %%
import argparse
from dataclasses import dataclass, replace

import numpy as np
from glasswell.compare import Resampling, columns, meter, powerlaw
from glasswell.sim import cavity, couplings, minimise, spectrum
from glasswell.sim import sites as local
from glasswell.theory import Model, RigidState, Solution, breaking, field_diagram, plots, solve
from matplotlib.figure import Figure
from scipy import stats

parser = argparse.ArgumentParser(description="the phase diagram of the KHGPS model, with samples")
parser.add_argument("output", metavar="FILE.png", nargs="?", default="khgps.png")
parser.add_argument("--sites", type=int, default=128, metavar="N", help="of a sample; 128")
parser.add_argument("--samples", type=int, default=200, metavar="S", help="per point; 200")
arguments = parser.parse_args()
N, SAMPLES = arguments.sites, arguments.samples

MODEL = Model(gamma=1.0, k=stats.uniform(0.5, 0.5))
FIELDS = (0.0, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0)
WEAK, STRONG = 0.4, 4.0
DISTANCES = (0.8, 1.0, 1.3)
"""In units of J_c: below the line, on it, and above."""


@dataclass(frozen=True)
class Found:
    """All modes of the samples, (S, N), and their cavity fields, (S·N,)."""

    model: Model
    eigenvalue: np.ndarray
    participation: np.ndarray
    field: np.ndarray


def fall(model: Model) -> Found:
    """Minima below v = 0 of some samples of a model."""
    modes, fields = [], []
    with meter(f"H = {model.field:g}, J = {model.J:.3f}", "sample") as progress:
        for number in range(SAMPLES):
            progress(number, SAMPLES)
            J = couplings.sample(model, N, seed=1, sample=number)
            sites = local.local_model(model, N, seed=1, sample=number)
            v = minimise(np.zeros(N), J, sites).v
            modes.append(spectrum.modes(v, J, sites))
            fields.append(cavity.fields(v, J, sites).h)
    eigenvalue = np.array([mode.eigenvalue for mode in modes])
    participation = np.array([mode.participation for mode in modes])
    return Found(model, eigenvalue, participation, np.concatenate(fields))


# %%
diagram = field_diagram(MODEL, FIELDS)
print(diagram)
points = {H: breaking(replace(MODEL, field=H)) for H in (WEAK, STRONG)}
found = {
    (H, far): fall(replace(point.model, J=far * point.J))
    for H, point in points.items()
    for far in DISTANCES
}
theories: dict[tuple[float, float], Solution] = {at: solve(f.model) for at, f in found.items()}

# %%
resampling = Resampling.draw(SAMPLES, 400, np.random.default_rng(1))
heads = ("H", "J/J_c", "λ_min", "gap", "softest 1 %: sites", "exponent", "theory", "ω → 0")
rows: list[tuple[str, ...]] = [heads]
for (H, far), samples in found.items():
    omega = np.sqrt(samples.eigenvalue)
    soft = omega <= np.quantile(omega, 0.01)
    window = float(np.quantile(omega, 1e-3)), float(np.quantile(omega, 0.05))
    law = powerlaw.measured(omega, *window, resampling)
    lowest = samples.eigenvalue.min(axis=1)
    row = [f"{H:g}", f"{far:g}", f"{lowest.mean():.4f} ± {lowest.std() / SAMPLES**0.5:.4f}"]
    sites = f"{N * samples.participation[soft].mean():.1f}"
    # Above the line minima are not those of replica symmetry.
    gap = expected = limit = ""
    if far <= 1:
        state = RigidState.of(theories[H, far]) if far < 1 else points[H].state
        gap = f"{abs(state.lower_edge):.4f}"
        expected = f"{powerlaw.predicted(state.hessian_spectrum.frequency_density, *window):.2f}"
        limit = f"{points[H].exponent:g}" if far == 1 else ""
    rows.append((*row, gap, sites, f"{law.exponent}", expected, limit))
print(*columns(rows, at=(">6", ">8", ">20", ">9", ">22", ">18", ">9", ">8"), gap=""), sep="\n")


# %%
def draw() -> Figure:
    figure = plots.blank(13.0, 8.0)
    axes = figure.subplots(2, 3)
    plots.plot_breaking(diagram, axes[0, 0])
    for H, point in points.items():
        for far in DISTANCES:
            axes[0, 0].plot(H, far * point.J, "k+")
    axes[0, 0].set_ylim(0, 1.5)
    plots.plot_softness(diagram, axes[0, 1])
    for row, H in ((0, WEAK), (1, STRONG)):
        ax = axes[1, row]
        for far, colour in zip(DISTANCES, ("#55a868", "#dd8452", "#4c72b0"), strict=True):
            omega = np.sqrt(found[H, far].eigenvalue)
            edges = np.geomspace(np.quantile(omega, 1e-3), omega.max(), 24)
            count, _ = np.histogram(omega, edges)
            seen = count > 0
            density = count / omega.size / np.diff(edges)
            middle = np.sqrt(edges[1:] * edges[:-1])
            ax.loglog(middle[seen], density[seen], "o", ms=3, color=colour, label=f"{far:g} $J_c$")
        x = np.geomspace(0.03, 1.5, 60)
        theory = points[H].state.hessian_spectrum.frequency_density(x)
        ax.loglog(x[theory > 0], theory[theory > 0], color="#dd8452", label="on the line, theory")
        ax.set(xlabel=r"$\omega$", ylabel=r"$D(\omega)$", title=f"$H$ = {H:g}")
        ax.legend(frameon=False, fontsize="small")
    for ax, H in ((axes[0, 2], WEAK), (axes[1, 2], STRONG)):
        far = DISTANCES[-1]
        h = found[H, far].field
        x = np.linspace(np.quantile(h, 1e-3), np.quantile(h, 0.999), 200)
        ax.hist(h, 60, range=(x[0], x[-1]), density=True, color="lightgrey", label="samples")
        ax.plot(x, theories[H, far].field_density(x), color="#c44e52", label="replica symmetry")
        ax.set(
            xlabel="cavity field $h$", ylabel="$P(h)$", title=f"$H$ = {H:g}, $J$ = {far:g} $J_c$"
        )
        ax.legend(frameon=False, fontsize="small")
    return figure


plots.save(draw, arguments.output)
