"""What was sold, for the owner: figures, charts, exports."""
