"""The hands behind the scenery: an HTTP API that tests and demonstrations use."""
