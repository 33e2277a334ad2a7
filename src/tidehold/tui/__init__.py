"""The dashboard: what a session's statuses say, in a terminal. It knows the nouns only, and is given the rest."""
