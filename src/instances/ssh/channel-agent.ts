import { Agent, type ClientRequestArgs } from "node:http";
import type { Duplex } from "node:stream";
import { inspect } from "node:util";
import type { SshSession } from "./session.ts";

/** Opens one channel per HTTP connection and keeps it alive between calls. */
export class ChannelAgent extends Agent {
	readonly #session: Pick<SshSession, "openSocket">;
	readonly #socket: string;

	constructor(session: Pick<SshSession, "openSocket">, socket: string) {
		super({ keepAlive: true });
		this.#session = session;
		this.#socket = socket;
	}

	/** docker-modem formats its options for a debug log at each call, and would go through the whole connection. */
	[inspect.custom](): string {
		return "ChannelAgent";
	}

	override createConnection(
		_options: ClientRequestArgs,
		done?: (error: Error | null, stream: Duplex) => void,
	): undefined {
		this.#session.openSocket(this.#socket).then(
			(stream) => done?.(null, asSocket(stream)),
			(error: Error) => done?.(error, undefined as never),
		);
	}
}

/** A channel lacks the socket options that node:http sets; they belong to the ssh connection below it. */
function asSocket(stream: Duplex): Duplex {
	const self = () => stream;
	return Object.assign(stream, { setKeepAlive: self, setNoDelay: self, setTimeout: self, ref: self, unref: self });
}
