import type { Registry } from "../registry/registry.ts";
import type { Clock } from "../system/clock.ts";
import type { Contract, NewContract, Vast } from "./vast.ts";

/** The Vast account: how its contracts are read and changed. */
export interface VastAccount {
	api: Vast;
	/** A contract as the platform shows it now; reads of many rollouts go in one call, and an answer of at most `maxAgeMs` ms of its clock ago serves again. Undefined when it is gone. */
	read(id: number, maxAgeMs?: number): Promise<Contract | undefined>;
	/** Runs at the platform's pace: its milliseconds are those of the platform's intervals. */
	clock: Clock;
	/** How long an sshd may take to answer, in milliseconds of real time. */
	handshakeMs: number;
	/** The registry with the credential that the platform's hosts pull with. */
	registry(): Promise<Registry>;
	/** That credential, for a contract to be made with; undefined where the registry asks for none. */
	login: NewContract["login"];
}
