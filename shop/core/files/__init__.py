"""What is kept as files: uploads, pictures, documents, on a disk or in a bucket."""
