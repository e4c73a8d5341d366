"""Films: one thing happening, frame by frame, on the stepper. A film a file; what all share is in `frame`."""
