"""Mutual settlements and stock: balances of registers, asked whole and kept where they differ."""
