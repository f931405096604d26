"""The demonstration: a small company at work, on embedded defaults and the sandbox."""
