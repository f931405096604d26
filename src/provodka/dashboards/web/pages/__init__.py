"""Pages for people: each declares its address, who may open it, and how it is shown."""
