"""What popular trainers print, one sample each with the place of the print statement."""
