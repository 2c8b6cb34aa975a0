"""The numbers that Vu et al. 2024 printed, and where they contradict each other."""
