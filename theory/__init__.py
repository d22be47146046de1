"""N → ∞: what replica theory predicts.

Names are imported when they are first used, so that ``glasswell.theory.model`` costs no more
than the model. ``__init__.pyi`` lists them.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
