import { UserError, messageOf } from "../errors/errors.ts";
import type { Secret } from "../secrets/secret.ts";
import { wholeResponse } from "../system/limits.ts";
import type { Digest } from "./image-reference.ts";

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 8 << 20;
const PAGE = 100;
/** Ten thousand versions. */
const MOST_PAGES = 100;

interface PackagesOptions {
	/** `owner/name`, below ghcr.io. */
	repository: string;
	/** Personal access token (classic) with delete:packages. */
	token: Secret | undefined;
	signal: AbortSignal;
	/** Of the REST API. */
	baseUrl?: string;
	timeoutMs?: number;
}

/**
 * Removes versions of a container package by their digest, which is what GitHub calls a version's name. Only the version
 * asked for goes: untagged versions that an index lists stay.
 * @see https://docs.github.com/en/rest/packages/packages
 * @throws UserError github_token_invalid, github_unreachable, package_kept, and github_rate_limited (busy)
 */
export function packageRemover(options: PackagesOptions): (digest: Digest) => Promise<boolean> {
	let opened: ReturnType<typeof openPackage> | undefined;
	return async (digest) => {
		const { versions, remove } = await (opened ??= openPackage(options));
		const id = versions.get(digest);
		if (id === undefined) return false;
		return remove(id, digest);
	};
}

type GitHub = Awaited<ReturnType<typeof connect>>;

/** One package, as the API of its owner addresses it. */
interface Package {
	list(page: number): Promise<{ data: { name: string; id: number }[] }>;
	remove(id: number): Promise<unknown>;
}

async function openPackage(options: PackagesOptions) {
	const octokit = await connect(options);
	const [owner = "", ...rest] = options.repository.split("/");
	try {
		const { data: account } = await octokit.rest.users.getByUsername({ username: owner });
		const one = packageOf(octokit, owner, rest.join("/"), account.type === "Organization");
		const versions = await versionsOf(one);
		return { versions, remove: (id: number, digest: Digest) => removeVersion(options, one, id, digest) };
	} catch (error) {
		throw failure(options, error);
	}
}

function packageOf({ rest: { packages } }: GitHub, owner: string, name: string, isOrganization: boolean): Package {
	const which = { package_type: "container", package_name: name } as const;
	const paged = (page: number) => ({ ...which, per_page: PAGE, page });
	if (isOrganization)
		return {
			list: (page) => packages.getAllPackageVersionsForPackageOwnedByOrg({ ...paged(page), org: owner }),
			remove: (id) => packages.deletePackageVersionForOrg({ ...which, package_version_id: id, org: owner }),
		};
	return {
		list: (page) => packages.getAllPackageVersionsForPackageOwnedByUser({ ...paged(page), username: owner }),
		remove: (id) => packages.deletePackageVersionForUser({ ...which, package_version_id: id, username: owner }),
	};
}

/** Digest → id of every version. */
async function versionsOf(one: Package): Promise<Map<string, number>> {
	const versions = new Map<string, number>();
	for (let page = 1; page <= MOST_PAGES; page++) {
		const { data } = await one.list(page);
		for (const { name, id } of data) versions.set(name, id);
		if (data.length < PAGE) break;
	}
	return versions;
}

async function removeVersion(options: PackagesOptions, one: Package, id: number, digest: Digest): Promise<boolean> {
	try {
		await one.remove(id);
		return true;
	} catch (error) {
		const { status } = error as Refusal;
		if (status === 404) return false;
		throw status === 400 || status === 422 ? kept(digest, error) : failure(options, error);
	}
}

async function connect({ token, signal, baseUrl = "https://api.github.com", timeoutMs = TIMEOUT_MS }: PackagesOptions) {
	const { Octokit } = await import("@octokit/rest");
	const quiet = { debug() {}, info() {}, warn() {}, error() {} };
	const bounded = async (...[url, init]: Parameters<typeof fetch>) => {
		const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
		return wholeResponse(await fetch(url, { ...init, signal: limit }), MOST_BYTES);
	};
	const auth = token === undefined ? {} : { auth: token.reveal() };
	return new Octokit({ ...auth, baseUrl, log: quiet, request: { redirect: "error", fetch: bounded } });
}

interface Refusal {
	status?: number;
	response?: { headers?: Readonly<Record<string, string | number | undefined>> };
}

function failure({ repository, baseUrl = "https://api.github.com", signal }: PackagesOptions, error: unknown): unknown {
	if (signal.aborted) return signal.reason;
	const { status, response } = error as Refusal;
	const isLimited = status === 429 || (status === 403 && String(response?.headers?.["x-ratelimit-remaining"]) === "0");
	if (isLimited)
		return new UserError("github_rate_limited", `GitHub limits how often it is asked (HTTP ${status})`, {
			hint: "wait until the limit is over, an hour at most, then run the command again",
			cause: error,
		});
	if (status === 401 || status === 403 || status === 404)
		return new UserError(
			"github_token_invalid",
			`GitHub does not show the versions of ghcr.io/${repository} to the token in REGISTRY_PASSWORD (HTTP ${status})`,
			{
				hint: "make a token with read:packages and delete:packages and put it into .env as REGISTRY_PASSWORD",
				cause: error,
			},
		);
	return new UserError("github_unreachable", `${baseUrl} does not answer as GitHub does: ${messageOf(error)}`, {
		hint: "check the network, then cres doctor",
		cause: error,
	});
}

const kept = (digest: Digest, cause: unknown) =>
	new UserError("package_kept", `GitHub keeps ${digest}: ${messageOf(cause)}`, {
		hint: "GitHub removes no public version with more than 5,000 downloads, nor the last version of a package",
		cause,
	});
