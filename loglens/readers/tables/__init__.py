"""Tables: rows under named columns, whatever file they stood in, and the runs in them."""
