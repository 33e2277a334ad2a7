"""What is known over many sessions: catalogue, check-ins, progress, plan. The session files stay the truth."""
