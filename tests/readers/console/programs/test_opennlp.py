"""OpenNLP's log-likelihoods."""

from __future__ import annotations

from tests.readers.text_lines import read


def test_opennlp() -> None:
    text = (
        "Performing 100 iterations.\n  1:  ... loglikelihood=-224982.61\t0.0312\n"
        "  2:  ... loglikelihood=-118361.15\t0.908\n 10:  ... loglikelihood=-37151.9\n"
    )
    found = read(text, "opennlp")
    assert found["loglikelihood"] == [(1, -224982.61), (2, -118361.15), (10, -37151.9)]
    assert found["accuracy"] == [(1, 0.0312), (2, 0.908)]
