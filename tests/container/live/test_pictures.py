"""Pictures in the PROD container, where only /srv and /tmp can be written."""

from tests.container.live.containers import Container
from tests.service.test_graphics import (  # noqa: F401
    test_model_draws_a_picture_that_its_result_links_to,
    test_summary_links_to_the_last_picture,
)


def test_drawing_leaves_nothing_to_complain_about(service: Container) -> None:
    assert "MPLCONFIGDIR" not in service.logs()
