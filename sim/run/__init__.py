"""Many samples: tasks, shards, executors, checkpoints, and the run that ties them together."""
