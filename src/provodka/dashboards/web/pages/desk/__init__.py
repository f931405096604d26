"""The water company's desk: the dispatcher's one window, and the courier's telephone."""
