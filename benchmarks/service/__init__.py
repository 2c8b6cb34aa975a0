"""What the receiver of a node bears."""
