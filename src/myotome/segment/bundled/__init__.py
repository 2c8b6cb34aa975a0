"""The bundled network and what tidies its answer."""
