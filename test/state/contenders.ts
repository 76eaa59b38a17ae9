import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Order } from "./contender.ts";

/** A process of its own that takes locks. It ends with the test. */
export class Contender {
	readonly process: ChildProcess = fork(join(import.meta.dirname, "contender.ts"), { execArgv: [] });

	constructor() {
		onTestFinished(() => void this.process.kill("SIGKILL"));
	}

	async tell(order: Order): Promise<string> {
		const answer = this.next();
		this.process.send(order);
		return answer;
	}

	/** What it says next. */
	async next(): Promise<string> {
		return ((await once(this.process, "message")) as [string])[0];
	}
}
