"""Measurements and a person, judged against cited cut-offs: yes, no or unknown, with reasons."""
