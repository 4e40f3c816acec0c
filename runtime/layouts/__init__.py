"""From a layout to what an actor sees: bind first, then make a form of it."""
