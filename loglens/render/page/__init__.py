"""The HTML page: views prepared, charts drawn, templates filled."""
