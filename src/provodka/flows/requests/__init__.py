"""What people ask for with a button of a page, carried out by the hub: once, under their name."""
