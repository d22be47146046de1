"""The ``glasswell`` command: one file for each group of commands."""
