"""What every feature may use. Nothing here knows a feature."""
