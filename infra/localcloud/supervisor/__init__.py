"""Starts the local cloud's processes, keeps them running and stops them, whatever happens to their parent."""

from .ports import PortBook
from .service import HttpProbe, Service, TcpProbe
from .supervision import ServiceFailed, Supervisor

__all__ = ["HttpProbe", "PortBook", "Service", "ServiceFailed", "Supervisor", "TcpProbe"]
