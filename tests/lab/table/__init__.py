"""From trained curves to the table of evidence: logs, labels by intervention, features."""
