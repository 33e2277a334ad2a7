"""Sound for closed eyes: which tones and words are due when, and how they come out of the machine."""
