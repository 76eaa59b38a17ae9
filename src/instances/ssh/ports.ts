import type { ContainerPorts } from "../attached.ts";
import type { SshSession } from "./session.ts";

/** Ports of what the session leads to, as it sees them itself. */
export const portsOf = (session: SshSession): ContainerPorts => ({
	openPort: (port) => session.openPort("127.0.0.1", port),
	onLost: (listener) => session.onLost(listener),
	close: () => session.close(),
});
