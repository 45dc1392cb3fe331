"""What belongs to orders: permissions to download, invoices, discount codes."""
