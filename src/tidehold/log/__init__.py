"""The session file: written raw first, read with every check on, recovered, verified, folded again."""
