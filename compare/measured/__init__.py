"""What the samples of an archive say, with errors over samples."""
