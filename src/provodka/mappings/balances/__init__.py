"""Balances of registers: debts and stock as the base itself computes them, read by declaration."""
