import type { LookupAddress } from "node:dns";
import { isIP } from "node:net";
import { Transform } from "node:stream";

/** Why traffic was stopped. */
export interface EgressFault {
	kind: "address" | "bytes";
	/** One line. */
	message: string;
}

export interface EgressOptions {
	/** Why no connection may be made to an address; undefined where it may. */
	refusal: (address: string) => string | undefined;
	/** Bytes that may pass, in both directions together. */
	maxBytes: number;
	/** Called for each refusal; nothing passes any more after the first. */
	onFault: (fault: EgressFault) => void;
	/** Every address of a name. */
	resolve?: (name: string) => Promise<LookupAddress[]>;
}

/** What decides whether traffic passes. */
export interface Gate {
	/** Connects to one of the addresses that were checked, never to what a second resolution gives. */
	addressesOf(host: string): Promise<LookupAddress[]>;
	fail(fault: EgressFault): void;
	counter(): Transform;
	closed: AbortSignal;
	close(): void;
}

/** Open until a fault, or until it is closed. */
export function createGate({ refusal, maxBytes, onFault, resolve }: Required<EgressOptions>): Gate {
	const ended = new AbortController();
	let passed = 0;
	const fail = (fault: EgressFault): void => {
		ended.abort();
		onFault(fault);
	};
	const count = (bytes: number): boolean => {
		passed += bytes;
		if (passed <= maxBytes) return true;
		fail({ kind: "bytes", message: `more than ${Math.round(maxBytes / 1e6)} MB were to be fetched` });
		return false;
	};
	return {
		...{ fail, closed: ended.signal, close: () => ended.abort() },
		async addressesOf(host) {
			const family = isIP(host);
			const addresses = family > 0 ? [{ address: host, family }] : await resolve(host);
			// A network may give a name addresses of its own besides (RFC 6147): only the others are dialled.
			const allowed = addresses.filter(({ address }) => refusal(address) === undefined);
			const [first] = addresses;
			if (allowed.length > 0 || !first) return allowed;
			const where = first.address === host ? host : `${host} (${first.address})`;
			const message = `${where} is not a public address: ${refusal(first.address)}; EGRESS_ALLOW can permit it`;
			fail({ kind: "address", message });
			throw new Error(message);
		},
		counter: () => counting(count),
	};
}

/** Passes bytes on for as long as `count` takes them. */
const counting = (count: (bytes: number) => boolean): Transform =>
	new Transform({
		transform(chunk: Buffer, _encoding, done) {
			if (count(chunk.byteLength)) done(null, chunk);
			else done(new Error("the limit of bytes is reached"));
		},
	});
