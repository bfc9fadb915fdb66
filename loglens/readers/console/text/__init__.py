"""A printed text before its lines are taken apart: the languages it is written in, the sections it has."""
