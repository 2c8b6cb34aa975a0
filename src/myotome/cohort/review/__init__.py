"""A reader looks at every study of a cohort: what stands out first, and what was said of it."""
