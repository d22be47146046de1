"""Pictures on Matplotlib axes. Nothing here is imported before something is drawn.

Solutions draw themselves with these functions, which know what a solution is only to a type
checker: at run time they import no more than the model and single sites. ``__init__.pyi`` lists
their names.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
