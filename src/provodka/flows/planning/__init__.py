"""A run shown first and then carried out: what was shown, or nothing."""
