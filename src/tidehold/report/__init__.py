"""What a session came to, for a person: summary, figures and how each was made, plots; as text, JSON or a page."""
