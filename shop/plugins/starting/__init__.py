"""What happens with the parts of plugins while an application starts: looked at, then put into place."""
