"""Results go to the archives; one that is down gets them when it is back."""
