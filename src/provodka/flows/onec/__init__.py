"""Documents between the store and 1C: pull, match, reconcile, watch, replay."""
