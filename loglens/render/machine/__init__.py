"""Documents for programs: JSON, JUnit, SARIF."""
