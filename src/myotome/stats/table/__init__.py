"""The table of people that every statistic starts from."""
