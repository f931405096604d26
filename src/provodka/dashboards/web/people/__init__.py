"""Who is asking: sign-in, sessions, roles, one-time links, what is shown to whom."""
