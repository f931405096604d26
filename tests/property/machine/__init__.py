"""A machine that plays a company, its base and the hub, with everything that may go wrong."""
