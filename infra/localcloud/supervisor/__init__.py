"""Starts the local cloud's processes, keeps them running and stops them, whatever happens to their parent."""

from .ports import PortBook
from .service_process import HttpProbe, ServiceProcess, TcpProbe
from .supervision import ServiceFailed, Supervisor

__all__ = ["HttpProbe", "PortBook", "ServiceFailed", "ServiceProcess", "Supervisor", "TcpProbe"]
