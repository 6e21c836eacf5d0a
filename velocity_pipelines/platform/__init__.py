"""Running Dagster: its storage, its processes, and launching runs on it.

Not here: what the runs do (`velocity_pipelines.definitions`).
"""
