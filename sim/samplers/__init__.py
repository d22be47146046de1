"""How the landscape is searched: quenches, anneals and parallel tempering."""

from . import hmc, ladder_tuning, tempering

__all__ = ["hmc", "ladder_tuning", "tempering"]
