"""Device time to session time, samples and beats to their times. Pure: no clock but the stamps it is given."""
