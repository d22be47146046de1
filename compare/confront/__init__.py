"""Theory beside measurement: rows, verdicts, and distances in standard deviations."""
