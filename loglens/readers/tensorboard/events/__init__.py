"""TensorBoard event files, read by columns.

An event file is a row of records: length (u64), masked crc32c of the length, payload, masked crc32c of the payload.
Nearly all payloads are one scalar each and differ in 13 to 15 bytes only (wall time, step, value), so nothing is
decoded one by one where many are alike:

    stream     fills one reused buffer from files: a piece of a large one, or many small ones end to end
    decode     has a buffer read by those below, and puts their pieces together
    repeats    the same tags in the same order again and again: a table as it stands, compared and read by columns
    walk       otherwise: finds all valid headers at once, and whether they chain without a gap
    heads      which of these hold one value and no more
    rows       those, laid out as rows by length (`layouts`: what is where in them; `patterns`: of which tag)
    summaries  records with several values, taken apart in step with one another
    singles    what is too rare, too large or too odd, by hand (`wire`) or by TensorBoard's own classes (`protobuf`)
    columns    pieces of columns put together, file by file and in order of writing (`pieces`, `tags`)
    damage     what was not whole, in words
    tail       a growing file, read on from where it ended

Both checksums of every record are checked (`crc32c`).
"""
