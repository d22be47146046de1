"""The sections of the report: figures, tables and sentences of each."""

from . import equilibrium_words

__all__ = ["equilibrium_words"]
