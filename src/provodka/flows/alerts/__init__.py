"""Warnings by mail: one for each occurrence, another only when it has passed and come back."""
