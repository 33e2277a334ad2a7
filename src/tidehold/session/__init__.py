"""The pure fold that joins wire, align and estimators, and the header that makes it reproducible."""
