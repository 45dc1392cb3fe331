"""What an operator sees: log lines, figures, traces, and what of people stays out of them."""
