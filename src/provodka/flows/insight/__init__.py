"""What is going on in the hub, as values: the command line and the web pages only render them."""
