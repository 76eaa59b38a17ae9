import type { z } from "zod";
import { ApiError, notFound } from "./api-error.ts";
import type { RepositoryState, World } from "./state.ts";
import type { Origins } from "./wire-account.ts";

/** One call of a route. */
export interface Call {
	world: World;
	origins: Origins;
	/** Parts of the path, decoded. */
	path: Readonly<Record<string, string>>;
	query: URLSearchParams;
	body: unknown;
}

export interface Reply {
	status: number;
	body?: unknown;
	/** More of the list follows on another page. */
	more?: boolean;
}

export interface Route {
	/** Method and path as GitHub's description has them. */
	route: string;
	/** What a token needs, as X-Accepted-GitHub-Permissions names it. */
	needs: string;
	answer(call: Call): Reply;
}

const DEFAULT_PAGE = 30;
const LARGEST_PAGE = 100;

/** The items of one page. */
export function pageOf<T>(items: readonly T[], query: URLSearchParams): { items: T[]; more: boolean } {
	const size = Math.min(LARGEST_PAGE, Number(query.get("per_page") ?? DEFAULT_PAGE));
	const from = (Number(query.get("page") ?? 1) - 1) * size;
	return { items: items.slice(from, from + size), more: items.length > from + size };
}

/** The repository of a path. @throws ApiError 404 */
export function repositoryOf({ world, path }: Call): RepositoryState {
	const name = `${path["owner"]}/${path["repo"]}`.toLowerCase();
	const found = world.repositories.find((one) => one.name.toLowerCase() === name);
	if (!found) throw notFound();
	return found;
}

/** The body of a call. @throws ApiError 422 */
export function bodyOf<T>(schema: z.ZodType<T>, { body }: Call): T {
	const parsed = schema.safeParse(body);
	if (parsed.success) return parsed.data;
	const errors = parsed.error.issues.map(({ path, message }) => ({ field: path.join("."), code: "invalid", message }));
	throw new ApiError(422, "Validation Failed", { errors });
}

/** Items that were added at the end, in the order in which GitHub lists them. */
export const newestFirst = <T>(items: readonly T[]): T[] => items.toReversed();

/** A page of a list; `more`: another one follows. */
export const list = (found: { items: unknown[]; more: boolean }): Reply => ({
	status: 200,
	body: found.items,
	more: found.more,
});
