"""What it takes to bring this program to a house: measured where it can be, else marked."""
