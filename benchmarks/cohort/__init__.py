"""What a cohort costs beside the measuring itself."""
