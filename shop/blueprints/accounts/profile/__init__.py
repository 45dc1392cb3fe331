"""What a person sees and changes of their own account: details, password, second factor, devices, data."""
