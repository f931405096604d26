"""Call logs of PBXs: read incrementally, numbers normalised, legs reduced to calls."""
