"""The Rasa server process: environment, patches, then Rasa's own server on loopback.

Run by `troly serve`; arguments: the model file.
"""

import logging
import sys

from faq.settings import ROOT, load_settings


def main(model: str) -> None:
    """Serve one model until the process is told to stop."""
    from bot.rasa_patches import apply_patches, prepare_environment

    settings = load_settings()
    prepare_environment()

    import rasa.core.run  # imports TensorFlow: after the environment is set
    from rasa.core.utils import AvailableEndpoints

    from bot.entities import make_importable

    _configure_logs()

    make_importable(settings)
    apply_patches(settings)
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "bot" / "endpoints.yml"))
    rasa.core.run.serve_application(
        model_path=model,
        credentials=str(ROOT / "bot" / "credentials.yml"),
        endpoints=endpoints,
        interface="127.0.0.1",
        port=settings.port,
        enable_api=False,  # Rasa's default here is True: it would show and change conversations without a password
    )


def _configure_logs() -> None:
    """Log in UTC with ids only; Rasa's INFO lines hold no message text, its DEBUG lines do."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    from rasa.utils.log_utils import configure_structlog  # its default level writes message text

    configure_structlog(logging.INFO)
    for name in ("apscheduler", "sanic.access", "urllib3", "rasa.core.processor"):
        logging.getLogger(name).setLevel(logging.WARNING)


if __name__ == "__main__":
    main(sys.argv[1])
