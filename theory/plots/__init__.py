"""Pictures on Matplotlib axes. Nothing here is imported before something is drawn."""
