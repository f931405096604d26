"""When it runs: the composition root, the sync functions, Prefect flows, the command line."""
