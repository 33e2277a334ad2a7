"""Sources: a strap, a phone, the clock; the only eyes on the world."""
