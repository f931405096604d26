"""Speed and size of the hub against their bars; `python -m benchmarks` runs them all."""
