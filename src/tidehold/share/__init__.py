"""What is given away or forgotten: bundles, anonymous copies, removal."""
