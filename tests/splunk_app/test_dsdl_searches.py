"""What the app's searches ask of MLTK and DSDL, parsed as MLTK does."""

import re

import pytest

from app.hunting import models
from app.spl import parser
from tests.splunk_app.knowledge import searches

_FITS = {
    place: fit
    for place, search in searches().items()
    for fit in re.findall(r"\|?\s*(fit MLTKContainer [^|]+)", search)
}


def test_there_are_searches_that_fit():
    assert len(_FITS) >= 4


@pytest.mark.parametrize("place", _FITS)
def test_fit_gives_options_that_its_model_has(place):
    (fit,) = parser.parse(f"| {_FITS[place]}")
    algo = fit.params["algo"]
    assert set(fit.params) - {"algo"} <= set(models.model(algo).options)
    assert fit.model == parser.Model(algo, "app")


def test_apply_names_models_that_a_search_learns():
    learned = {parser.parse(f"| {fit}")[0].model.name for fit in _FITS.values()}
    applied = {
        name
        for search in searches().values()
        for name in re.findall(r"\bapply (?:app:)?(\w+)", search)
    }
    assert applied <= learned
