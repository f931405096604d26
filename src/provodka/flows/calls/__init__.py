"""Pull calls from the logs of PBXs and put each on its client."""
