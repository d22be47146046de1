# %% [markdown]
# # The quartic tail of soft modes
#
# Stiffnesses k_i drawn from a uniform distribution between 0 and 1, in a field: the model in which
# D(ω) ~ ω⁴ was found at soft frequencies (Bouchbinder et al., arXiv:2012.11558; Folena and Urbani,
# arXiv:2106.16221). The local potential is b v²/2 + v⁴/24 - h v with b = k_i - J²C; where b and h
# have a finite density at zero, local stiffnesses s = b + v²/2 are distributed as s^(3/2), and
# ω = √s as ω⁴.
#
# Samples fall from v = 0 into their minima; the Hessians of these are diagonalised. The exponent is
# fitted by maximum likelihood in windows that slide over ω. How far it moves to the next window is
# an error like that from samples, and the window with the smallest sum of both is quoted. The curve
# is the resolvent of replica symmetry, for ground states and N → ∞; below ω = 0.2 these minima have
# more modes.
#
#     python examples/omega4.py [FILE.png]
#
# takes half a minute.

# %%
import argparse
from typing import Any

import numpy as np
from glasswell.compare import Resampling, columns, histogram, meter, powerlaw
from glasswell.sim import couplings, landscape, spectrum
from glasswell.sim import sites as local
from glasswell.theory import Model, plots, solve
from matplotlib.figure import Figure
from scipy import optimize, stats

parser = argparse.ArgumentParser(description="the quartic tail of soft modes")
parser.add_argument("output", metavar="FILE.png", nargs="?", default="omega4.png")
arguments = parser.parse_args()

N, SAMPLES, RATIO = 100, 1500, 2.0

model = Model(gamma=1.0, k=stats.uniform(0, 1), J=0.3, field=0.6)


def fall(J: np.ndarray, sites: Any) -> np.ndarray:
    """The minimum below v = 0, to rounding."""
    v = optimize.minimize(
        landscape.energy,
        np.zeros(N),
        args=(J, sites),
        jac=lambda *state: -landscape.force(*state),
        method="L-BFGS-B",
        options={"maxcor": 20, "gtol": 1e-7, "ftol": 1e-15, "maxiter": 3000},
    ).x
    for _ in range(3):
        v += np.linalg.solve(landscape.hessian(v, J, sites), landscape.force(v, J, sites))
    assert np.abs(landscape.force(v, J, sites)).max() < 1e-12
    return v


modes = []
with meter("minima", "sample") as progress:
    for sample in range(SAMPLES):
        progress(sample, SAMPLES)
        J = couplings.sample(model, N, seed=1, sample=sample)
        sites = local.local_model(model, N, seed=1, sample=sample)
        modes.append(spectrum.modes(fall(J, sites), J, sites))
omega = np.sqrt([m.eigenvalue for m in modes])
participants = N * np.array([m.participation for m in modes])

# %%
theory = solve(model).hessian_spectrum
resampling = Resampling.draw(SAMPLES, 400, np.random.default_rng(1))
lowest, highest = np.quantile(omega, [1e-4, 0.3])
sliding = powerlaw.windows(lowest, highest, RATIO)
laws = [powerlaw.measured(omega, *window, resampling) for window in sliding]
expected = [powerlaw.predicted(theory.frequency_density, *window) for window in sliding]

table = [("window", "modes", "exponent", "theory", "sites in a mode")]
for law, value in zip(laws, expected, strict=True):
    inside = (omega > law.low) & (omega < law.high)
    ends = f"{law.low:.3f}-{law.high:.3f}"
    numbers = f"{law.events}", f"{law.exponent}", f"{value:.2f}"
    table.append((ends, *numbers, f"{participants[inside].mean():.2f}"))
print(*columns(table, at=(">14", ">8", ">16", ">9", ">18"), gap=""), sep="\n")
drift = np.abs(np.diff([law.exponent.value for law in laws]))
total = [np.hypot(law.exponent.error, moved) for law, moved in zip(laws, drift, strict=False)]
best = int(np.argmin(total))
print(
    f"least error at ω = {laws[best].low:.2f} to {laws[best].high:.2f}: D(ω) ~ ω^s with s = "
    f"{laws[best].exponent.value:.2f} ± {laws[best].exponent.error:.2f} (samples) "
    f"± {drift[best]:.2f} (window)"
)


# %%
def draw() -> Figure:
    figure = plots.blank(10, 4.2)
    left, right = figure.subplots(1, 2)
    edges = np.geomspace(sliding[0][0], omega.max(), 26)
    found = histogram(omega, np.array(1.0), edges, resampling, N)
    seen = found.events > 0
    centres = np.sqrt(edges[1:] * edges[:-1])
    left.errorbar(centres[seen], found.density[seen], found.error[seen], fmt="ko", ms=3.5)
    x = np.geomspace(edges[0], edges[-1], 300)
    density = theory.frequency_density(x)
    left.loglog(x[density > 0], density[density > 0], label="resolvent, RS")
    anchor = np.flatnonzero(found.events > 200)[0]
    left.loglog(x, found.density[anchor] * (x / centres[anchor]) ** 4, ":", label=r"$\omega^4$")
    left.set(xlabel=r"$\omega$", ylabel=r"$D(\omega)$", ylim=(found.density[seen].min() / 3, 3))
    left.legend()

    right.errorbar(
        [law.middle for law in laws],
        [law.exponent.value for law in laws],
        [law.exponent.error for law in laws],
        fmt="ko",
        ms=3.5,
        label=f"samples, windows of a factor {RATIO:g}",
    )
    right.semilogx([law.middle for law in laws], expected, label="resolvent, RS")
    right.axhline(4.0, ls=":", color="grey")
    right.set(xlabel=r"middle of the window in $\omega$", ylabel=r"exponent of $D(\omega)$")
    right.legend()
    return figure


plots.save(draw, arguments.output)
