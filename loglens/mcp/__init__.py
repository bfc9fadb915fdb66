"""The agent's door: an MCP server over stdio that diagnoses the logs under the folders it was started with.

    loglens mcp runs/

`roots.py` decides what may be read, `answers.py` keeps answers short and marks what came out of a log, `tools.py` holds
what the tools do, `server.py` hands them to the official SDK (extra `mcp`).
"""
