"""TensorBoard event files, read by columns.

An event file is a row of records: length (u64), masked crc32c of the length, payload, masked crc32c of the payload.
Nearly all payloads are one scalar each and differ in 13 to 15 bytes only (wall time, step, value), so nothing is
decoded one by one:

    stream    fills one reused buffer from files: a piece of a large one, or many small ones end to end
    walk      finds the records of a buffer: every valid header at once, then whether they chain without a gap
    layouts   records of one length as a matrix of bytes: which of them are a known pattern, their crc, their fields
    wire      one payload by hand: how a new pattern is learned, and what there is too little of to vectorise
    protobuf  what `wire` does not know (sessions, hyper-parameters, odd tensors), by TensorBoard's own classes
    decode    the three above in turn: from the records of a buffer to pieces of columns
    columns   pieces of columns put together, file by file and in order of writing
    damage    what was not whole, in words
    tail      a growing file, read on from where it ended

Both checksums of every record are checked (`crc32c`).
"""
