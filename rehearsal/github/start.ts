import { startApiServer, type Answered, type RecordedRequest } from "./server.ts";
import { createWorld, type Snapshot, type TokenState, type World } from "./state.ts";

export interface DoubleOptions {
	/** Token → what it may. */
	tokens: Readonly<Record<string, TokenState>>;
	/** Left out: the kernel's choice. */
	port?: number;
	kept?: Snapshot | undefined;
	/** Told of every answer of a route that no fault has made. */
	onAnswer?: (answer: Answered) => void;
	onBug?: (error: unknown) => void;
}

/** GitHub's REST API as far as cres asks it, with state. */
export interface GitHubDouble {
	/** Base of the API. */
	url: string;
	world: World;
	/** Oldest first. */
	requests: RecordedRequest[];
	snapshot(): Snapshot;
	close(): Promise<void>;
}

/** All that cres asks for, of a fine-grained token with a classic one's packages. */
export const EVERYTHING: TokenState = {
	permissions: [
		...["actions=read", "contents=read", "statuses=write", "issues=write", "packages=write"],
		"id-token=write",
	],
	scopes: null,
};

const WEB = "https://github.example";

/** Starts one on loopback. */
export async function startGitHub({ tokens, port = 0, kept, onAnswer, onBug }: DoubleOptions): Promise<GitHubDouble> {
	const world = createWorld(tokens, kept);
	const report = onBug ?? ((error: unknown) => console.error(error));
	const server = await startApiServer({ world, port, web: WEB, onAnswer, onBug: report });
	return {
		url: `http://127.0.0.1:${server.port}`,
		world,
		requests: server.requests,
		snapshot: () => world.snapshot(),
		close: () => server.close(),
	};
}
