"""What is kept of a sample: its states, and the time series of a tempering."""
