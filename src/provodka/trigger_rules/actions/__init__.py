"""What rules can do: one short module a family, a pure function an action."""
