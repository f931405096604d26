"""The reconcile sweep: everything there against everything here, by keys, versions and contents."""
