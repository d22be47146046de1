# %% [markdown]
# # The potential of one site, measured three ways
#
# Replica theory speaks of local potentials U(v) = -hv - Cv²/2 + G(v)/γ. A finite sample says what a
# site really feels: (1) the cavity potential, from the Hessian at the lowest state; (2) the curve
# U_ad(v) that results if the site is driven and all others follow, there and back; (3) the
# minimum-energy path to the minimum on the other side, if there is one. The last panel shows the
# susceptibility with level crossings in small random fields, beside that of the Hessian.
#
#     python examples/local_potentials.py [FILE.png]
#
# takes a minute.

# %%
import argparse

import numpy as np
from glasswell.compare import (
    TILTS,
    WELL_COLUMNS,
    ThreeWays,
    aligned,
    confirmed_by_tilt,
    meter,
    rows_by,
    side_by_side,
    well_row,
)
from glasswell.sim import (
    Anneal,
    Batch,
    CavityPotentials,
    Sample,
    cavity,
    landscape,
    minima_of,
    minimise,
    path,
    relaxation,
    response,
    three_ways,
)
from glasswell.theory import Model, plots
from matplotlib.figure import Figure

parser = argparse.ArgumentParser(description="the potential of one site, measured three ways")
parser.add_argument("output", metavar="FILE.png", nargs="?", default="local_potentials.png")
arguments = parser.parse_args()

model, N, samples = Model(gamma=10.0), 64, 60
sampler = Anneal(starts=24)
fields = (0.01, 0.03, 0.1, 0.3)
wells, responses, shown = [], [], None
with meter("three ways", "sample") as progress:
    for sample in range(samples):
        progress(sample, samples)
        drawn = Sample(model, N, seed=1, number=sample)
        (minima,), J = minima_of(sampler, Batch.of([drawn], seed=1)), drawn.J
        v = minima.v[:, np.argmin(minima.energy)]
        found = three_ways.measure(v, J, model)
        wells.append(found)
        signs = np.random.default_rng(sample).choice([-1.0, 1.0], (N, 2))
        responses.append(response.measure(v, minima.v, J, model, fields=fields, signs=signs))
        if shown is None and np.any(found.real & found.direct):
            shown = v, J, int(np.flatnonzero(found.real & found.direct)[0]), found
three = ThreeWays.of(wells, rng=np.random.default_rng(0))
lines = [well_row(f"N = {N}", three), *rows_by(three, "Δ/2V", three.tilt, TILTS)]
print(aligned(list(WELL_COLUMNS), lines))


# %%
def draw() -> Figure:
    figure = plots.blank(10.5, 8.4)
    axes = figure.subplots(2, 2)
    ax = axes[0, 0]
    assert shown is not None, "none of these samples has a real double well: take more"
    v, J, n, found = shown
    site = int(found.site[n])
    U_0 = landscape.energy(v, J, model)
    way = -1.4 * np.sign(v[site]) * found.cavity.distance[n]
    driven = relaxation.loop(v, J, model, np.array([site]), np.array([v[site] + way]))
    local = cavity.fields(v, J, model)
    x = driven.there.displacement[:, 0]
    alone = CavityPotentials.of(local.h[[site]], local.C[[site]], model)
    U = alone.value(np.append(v[site], x)[None, :])[0]
    ax.plot(x, U[1:] - U[0], label="cavity potential")
    ax.plot(x, driven.there.energy[:, 0] - U_0, "o", mfc="none", ms=4, label="driven there")
    ax.plot(driven.back.displacement, driven.back.energy - U_0, "+", ms=5, label="and back")
    end = minimise(driven.there.v[:, :, 0].T, J, model).v[:, -1:]
    over = path.connect(v[:, None], end, J, model)
    ax.plot(over.v[site, :, 0], landscape.energy(over.v[:, :, 0], J, model) - U_0, label="path")
    ax.plot(over.saddle.v[site], over.saddle.energy - U_0, "k*", label="saddle")
    ax.set(xlabel="$v_i$", ylabel="$U$ above the lowest state")
    side_by_side(axes[0, 1], three, "barrier")
    confirmed_by_tilt(axes[1, 0], [three])
    ax = axes[1, 1]
    regular = np.array([r.regular for r in responses])
    for name, label in (("same_state", "state followed"), ("lowest_state", "lowest state")):
        C = np.array([getattr(r, name) for r in responses])
        error = np.std(C, axis=0, ddof=1) / np.sqrt(samples)
        ax.errorbar(fields, C.mean(axis=0), error, fmt="o-", mfc="none", label=label)
    ax.axhline(regular.mean(), color="k", lw=0.8, label="$C_{reg}$, from the Hessian")
    ax.set(xscale="log", xlabel=r"random field $\delta$", ylabel="$C$")
    for ax in (axes[0, 0], axes[1, 1]):
        ax.legend(fontsize="small")
    return figure


plots.save(draw, arguments.output)
