"""What is served over HTTP: the door for outside systems, sites and letters."""
