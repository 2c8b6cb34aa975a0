"""Durable jobs: each is done once, whatever dies on the way."""
