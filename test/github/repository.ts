import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

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
	branches: Map<string, Record<string, string>>;
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
export async function githubRepository(files: Record<string, string>): Promise<GithubRepository> {
	const branches = new Map([["main", files]]);
	const pulls: Pull[] = [];
	const seen: string[] = [];
	const calls: GithubRepository["calls"] = [];
	const modes: Record<string, string> = {};
	const trees = new Map<string, Record<string, string>>();
	const commits = new Map<string, Record<string, string>>();
	const tip = (branch: string) => {
		const tree = branches.get(branch);
		if (!tree) return undefined;
		commits.set(shaOf(tree), tree);
		return { object: { sha: shaOf(tree) } };
	};
	const answer = (line: string, query: URLSearchParams, body: Record<string, string>): unknown => {
		const [, call, name = ""] = /^(\w+ \/(?:contents|git\/refs?\/heads|git\/\w+|pulls)?)\/?(.*)$/.exec(line)!;
		if (call === "GET /") return { default_branch: "main" };
		if (call === "GET /git/ref/heads") return tip(decodeURIComponent(name));
		if (call === "GET /contents") {
			const content = commits.get(query.get("ref")!)?.[decodeURIComponent(name)];
			return content === undefined ? undefined : { sha: blobOf(content) };
		}
		if (call === "POST /git/trees") {
			const { base_tree: base, tree } = body as unknown as {
				base_tree: string;
				tree: { path: string; content: string; mode: string }[];
			};
			for (const { path, mode } of tree) modes[path] = mode;
			const made = { ...commits.get(base)!, ...Object.fromEntries(tree.map(({ path, content }) => [path, content])) };
			trees.set(shaOf(made), made);
			return { sha: shaOf(made) };
		}
		if (call === "POST /git/commits") {
			commits.set(`c${String(body["tree"]).slice(1)}`, trees.get(body["tree"]!)!);
			return { sha: `c${String(body["tree"]).slice(1)}` };
		}
		if (call === "POST /git/refs" || call === "PATCH /git/refs/heads") {
			const branch = name === "" ? String(body["ref"]).replace("refs/heads/", "") : decodeURIComponent(name);
			branches.set(branch, commits.get(body["sha"]!)!);
			return tip(branch);
		}
		if (call === "GET /pulls") return pulls.filter(({ head }) => `me:${head}` === query.get("head"));
		const { title, head } = body as unknown as Pull;
		pulls.push({
			number: pulls.length + 7,
			html_url: `https://github.test/me/app/pull/${pulls.length + 7}`,
			title,
			head,
		});
		return pulls.at(-1);
	};
	const server = createServer((request: IncomingMessage, response) => {
		void text(request).then((body) => {
			const url = new URL(request.url!, "http://localhost");
			seen.push(`${request.method} ${url.pathname} ${request.headers.authorization}`);
			const sent: unknown = body === "" ? undefined : JSON.parse(body);
			calls.push({ method: request.method!, path: url.pathname, body: sent });
			const ours = url.pathname.startsWith("/repos/me/app");
			const line = `${request.method} ${url.pathname.replace("/repos/me/app", "") || "/"}`;
			const found = ours ? answer(line, url.searchParams, (sent ?? {}) as Record<string, string>) : undefined;
			response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
			response.end(JSON.stringify(found ?? { message: "Not Found" }));
		});
	}).listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return { url, branches, pulls, modes, seen, calls, [Symbol.asyncDispose]: async () => void server.close() };
}
