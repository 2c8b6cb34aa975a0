"""Network shapes, verified weights and the engines that run them."""
