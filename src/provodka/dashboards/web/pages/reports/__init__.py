"""Reports as pages: asked in the address, shown with their documents, taken away as files."""
