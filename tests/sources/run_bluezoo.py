"""bluezoo, told what BlueZ does when a link ends: the device's services go, and its notifications.

bluezoo 1.0.2 leaves them on the bus: then it cannot connect to the same device again.
Run as a program, with bluezoo's own options.
"""

from typing import Any

from bluezoo.bluezoo import main  # type: ignore[import-untyped]
from bluezoo.device import Device  # type: ignore[import-untyped]

_disconnect = Device.disconnect


async def disconnect(self: Any, uuid: str | None = None) -> None:
    for link in self.services.values():
        if hasattr(link, "client_props_changed_subscription"):
            link.client_props_changed_subscription.unsubscribe()
        self.peer_adapter.mock.remove_object(link)
    self.services.clear()
    await self.ServicesResolved.set_async(False)
    await _disconnect(self, uuid)


if __name__ == "__main__":
    Device.disconnect = disconnect
    main()
