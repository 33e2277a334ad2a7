"""What the body does, from its samples: causal, streaming, each figure with a quality and a reason."""
