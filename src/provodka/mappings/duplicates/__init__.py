"""Which clients may be one and the same: pure, symmetric, without a look at any store."""
