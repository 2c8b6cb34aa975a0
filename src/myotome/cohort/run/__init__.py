"""Measuring a plan: workers that cannot take each other down, and a coordinator that resumes."""
