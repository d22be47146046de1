"""Pictures on Matplotlib axes. Nothing here is imported before something is drawn.

Solutions draw themselves with these functions, which know what a solution is only to a type
checker: at run time they import no more than the model and single sites.
"""
