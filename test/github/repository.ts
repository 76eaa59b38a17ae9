import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import { serve } from "../support/web-server.ts";

interface Pull {
	number: number;
	html_url: string;
	title: string;
	head: string;
}

/** A repository at GitHub, as much of it as a pull request of cres asks for, on loopback. */
export interface GithubRepository extends AsyncDisposable {
	url: string;
	/** Branch → path → content. */
	branches: Map<string, Files>;
	pulls: Pull[];
	/** Path → mode of every file that was put into a tree. */
	modes: Record<string, string>;
	/** Method, path and credential of every call. */
	seen: string[];
	/** The same calls with their bodies. */
	calls: { method: string; path: string; body: unknown }[];
}

const shaOf = (value: unknown): string => createHash("sha1").update(JSON.stringify(value)).digest("hex");
const blobOf = (content: string): string =>
	createHash("sha1")
		.update(`blob ${Buffer.byteLength(content)}\0${content}`)
		.digest("hex");

/** @see https://docs.github.com/en/rest/git and https://docs.github.com/en/rest/pulls/pulls */
export async function githubRepository(files: Files): Promise<GithubRepository> {
	const { branches, pulls, modes, answer } = repositoryOf(files);
	const seen: string[] = [];
	const calls: GithubRepository["calls"] = [];
	const server = await serve((request, response) => {
		void text(request).then((body) => {
			const url = new URL(request.url!, "http://localhost");
			seen.push(`${request.method} ${url.pathname} ${request.headers.authorization}`);
			const sent: unknown = body === "" ? undefined : JSON.parse(body);
			calls.push({ method: request.method!, path: url.pathname, body: sent });
			const ours = url.pathname.startsWith("/repos/me/app");
			const line = `${request.method} ${url.pathname.replace("/repos/me/app", "") || "/"}`;
			const found = ours ? answer(line, url.searchParams, (sent ?? {}) as Record<string, unknown>) : undefined;
			response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
			response.end(JSON.stringify(found ?? { message: "Not Found" }));
		});
	});
	const close = () => server[Symbol.asyncDispose]();
	return { url: server.origin, branches, pulls, modes, seen, calls, [Symbol.asyncDispose]: close };
}

type Files = Record<string, string>;

/** A route of the repository, without its own path; undefined for what is not there. */
type Route = (asked: { name: string; query: URLSearchParams; body: Record<string, unknown> }) => unknown;

/** Branches and pull requests, and what is answered of them. */
function repositoryOf(files: Files) {
	const branches = new Map([["main", files]]);
	const trees = new Map<string, Files>();
	const commits = new Map<string, Files>();
	const pulls: Pull[] = [];
	const modes: Record<string, string> = {};
	const tip = (branch: string) => {
		const tree = branches.get(branch);
		if (!tree) return undefined;
		commits.set(shaOf(tree), tree);
		return { object: { sha: shaOf(tree) } };
	};
	const move = (branch: string, sha: unknown) => {
		branches.set(branch, commits.get(String(sha))!);
		return tip(branch);
	};
	const routes: Readonly<Record<string, Route>> = {
		"GET /": () => ({ default_branch: "main" }),
		"GET /git/ref/heads": ({ name }) => tip(name),
		"GET /contents": ({ name, query }) => {
			const content = commits.get(query.get("ref")!)?.[name];
			return content === undefined ? undefined : { sha: blobOf(content) };
		},
		"POST /git/trees": ({ body }) => {
			const entries = body["tree"] as { path: string; content: string; mode: string }[];
			for (const { path, mode } of entries) modes[path] = mode;
			const changed = Object.fromEntries(entries.map(({ path, content }) => [path, content]));
			const made = { ...commits.get(String(body["base_tree"]))!, ...changed };
			trees.set(shaOf(made), made);
			return { sha: shaOf(made) };
		},
		"POST /git/commits": ({ body }) => {
			const sha = `c${String(body["tree"]).slice(1)}`;
			commits.set(sha, trees.get(String(body["tree"]))!);
			return { sha };
		},
		"POST /git/refs": ({ body }) => move(String(body["ref"]).replace("refs/heads/", ""), body["sha"]),
		"PATCH /git/refs/heads": ({ name, body }) => move(name, body["sha"]),
		"GET /pulls": ({ query }) => pulls.filter(({ head }) => `me:${head}` === query.get("head")),
		"POST /pulls": ({ body }) => {
			const number = pulls.length + 7;
			const { title, head } = body as unknown as Pull;
			pulls.push({ number, html_url: `https://github.test/me/app/pull/${number}`, title, head });
			return pulls.at(-1);
		},
	};
	const answer = (line: string, query: URLSearchParams, body: Record<string, unknown>): unknown => {
		const [, call, name = ""] = /^(\w+ \/(?:contents|git\/refs?\/heads|git\/\w+|pulls)?)\/?(.*)$/.exec(line)!;
		return routes[call!]?.({ name: decodeURIComponent(name), query, body });
	};
	return { branches, pulls, modes, answer };
}
