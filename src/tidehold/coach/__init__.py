"""What is asked of the person, and how well they follow it."""
