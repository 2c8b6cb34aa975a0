"""From a network's own doubt to the Dice that may be expected."""
