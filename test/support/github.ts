import { onTestFinished } from "vitest";
import type { Answered } from "../../rehearsal/github/server.ts";
import { EVERYTHING, startGitHub, type GitHubDouble } from "../../rehearsal/github/start.ts";
import { repositoryNamed } from "../../rehearsal/github/seed.ts";
import type { RepositoryState, Snapshot, TokenState } from "../../rehearsal/github/state.ts";
import { createGitHub, type GitHub, type GitHubOptions } from "../../src/github/client.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { replyChecker } from "./github-replies.ts";

/** Of the token that is never to be seen. */
export const TOKEN = "github_pat_sentinel0000000000000000";
export const REPOSITORY = "acme/worker";

const check = await replyChecker();

export interface TestGitHub extends GitHubDouble {
	repository: RepositoryState;
	/** A client of it that has no patience. */
	client: (options?: Partial<GitHubOptions>) => GitHub;
	/** What it noted. */
	notes: string[];
}

/** The double with one repository until the test ends, which fails if an answer is not as GitHub describes it. */
export async function githubForTest(token: Partial<TokenState> = {}, kept?: Snapshot): Promise<TestGitHub> {
	const faults: string[] = [];
	const double = await startGitHub({
		tokens: { [TOKEN]: { ...EVERYTHING, ...token } },
		kept,
		onAnswer: (answer: Answered) => void faults.push(...[check(answer) ?? []].flat()),
		onBug: (error) => void faults.push(String((error as Error).stack)),
	});
	onTestFinished(async () => {
		await double.close();
		if (faults.length > 0) throw new Error(faults.join("\n"));
	});
	const notes: string[] = [];
	const client = (options: Partial<GitHubOptions> = {}) =>
		createGitHub({
			...{ url: double.url, repository: REPOSITORY, token: new Secret(TOKEN), note: (text) => void notes.push(text) },
			...{ timeoutMs: 1_000, retryMs: 10 },
			...options,
		});
	return { ...double, repository: repositoryNamed(double.world, REPOSITORY), client, notes };
}
