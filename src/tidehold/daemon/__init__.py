"""The recording process: sources into one queue, the queue into the log and the fold."""
