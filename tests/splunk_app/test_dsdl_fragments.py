from pathlib import Path

from app import dsdl_conf

FOLDER = Path(__file__).parents[2] / "splunk_app" / "mltk-container"


def test_fragments_are_those_that_the_service_writes():
    example = dsdl_conf.Deployment(
        host="hunt.example.com",
        api_token="the-token-of-the-container-goes-here",
        jupyter_passwd="the-hash-of-the-password-goes-here",
        certificate="/opt/splunk/etc/auth/dsdl-hunt.pem",
        models=["powershell_ioc"],
    )
    committed = {
        path.relative_to(FOLDER).as_posix(): path.read_text("utf-8")
        for path in FOLDER.glob("*/*.conf")
    }
    assert committed == dsdl_conf.files(example)
