"""N → ∞: what replica theory predicts."""

from .errors import GlasswellError, ModelError, SolveError
from .model import Model
from .onsite import EvenPolynomial

__all__ = ["EvenPolynomial", "GlasswellError", "Model", "ModelError", "SolveError"]
