"""What providers tell us: received and stored at once, acted on by a job that asks the provider itself."""
