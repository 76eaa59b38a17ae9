import type { Endpoint } from "../state/endpoints.ts";
import type { ContractEndpoint } from "../vast/endpoint-of.ts";
import type { SshTarget } from "./ssh/session.ts";

/** Where an instance's sshd answers, as far as it is known without asking anybody. */
export interface KnownEndpoint {
	/** Null where nothing is on record. */
	host: string | null;
	port: number | null;
	/** Null where the address stands in cres.yaml, as all that follows but the host key. */
	via: Endpoint["via"] | null;
	generation: number | null;
	/** Contract that it was verified for. */
	contract: number | null;
	/** `SHA256:…`; null where none is pinned. */
	fingerprint: string | null;
	verifiedBy: Endpoint["verifiedBy"] | null;
	/** RFC 3339. */
	since: string | null;
}

/** Where and as whom to log in, and the one host key that must be shown. */
export interface PinnedTarget extends SshTarget {
	fingerprint: string;
	/** Name of the host key in known_hosts. */
	alias: string;
	/** What to type when the host shows another key. */
	remedy: string;
}

/** What the platform says of an instance's endpoint. */
export interface Discovery {
	contract: number;
	/** Null while the platform names none. */
	platform: ContractEndpoint | null;
	/** Logs in there; nothing is recorded. @throws UserError as verifyEndpoint */
	verify(): Promise<VerifiedEndpoint>;
}

/** An endpoint that answered as the contract's container. */
interface VerifiedEndpoint {
	endpoint: Endpoint;
	/** Build that the container says it is; null where its image is none of ours. */
	buildId: string | null;
	/** The record lacks it, or has another one. */
	differs: boolean;
}
