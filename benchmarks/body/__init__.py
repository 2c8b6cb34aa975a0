"""What becomes of bodies that lie otherwise than their header says, and of other bodies."""
