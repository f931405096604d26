"""How effects become rows, family by family; each family lists its own in `DOERS`."""
