# %% [markdown]
# # A glass in equilibrium, and the proof
#
# Parallel tempering of N = 64 and 128 from 1.5 T_g down to 0.1 T_g, at γ = 10 and γ = 2. In
# equilibrium the bond energy of Gaussian couplings equals its integration by parts at every N and
# every temperature; z is their difference in standard deviations.
#
#     python examples/equilibrium.py [DIR]
#
# takes ten minutes on two idle cores, and goes on where it stopped. `glasswell compare` writes
# the whole report of each archive.

# %%
import argparse
from dataclasses import replace
from pathlib import Path

from glasswell.compare import evidence_sentences, evidence_table, meter, table_text, temperings
from glasswell.sim import load, simulate

GAMMAS = (10.0, 2.0)


def main() -> None:
    """Workers import this file: what it does has to wait until it is asked."""
    parser = argparse.ArgumentParser(description="a glass in equilibrium, and the proof")
    parser.add_argument("folder", metavar="DIR", nargs="?", default="equilibrium")
    folder = Path(parser.parse_args().folder)
    model, config, _, _ = load(Path(__file__).with_suffix(".toml"))
    folder.mkdir(exist_ok=True)
    for gamma in GAMMAS:
        path = folder / f"gamma={gamma:g}.h5"
        at = replace(model, gamma=gamma)
        with meter(f"γ = {gamma:g}", "sample", keep=True) as progress:
            archive = simulate(at, config, path, engine="process", resume=True, progress=progress)
        thermal = temperings(archive, rsb=[0])
        if thermal is None:
            continue
        print(f"γ = {gamma:g}, T_g = {thermal.comparison.T_g:.5f}")
        print(table_text(evidence_table(thermal)))
        print(*evidence_sentences(thermal), "", sep="\n")


# %%
if __name__ == "__main__":
    main()
