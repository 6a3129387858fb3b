"""What whoever runs the server sees and does: is it ready, how is it doing, let it end."""
