"""What an earlier run left in its folder, as the nouns that it was made of."""
